/** What two cells are compared by: requests per second, or a latency. */
export type Metric = 'rate' | 'p50' | 'p99';

interface Series {
  /** For people. */
  readonly title: string;
  /** How its generator uses connections (`ConnectionPolicy`); absent: the kernel times connections that are opened one by one, so there is no rate. */
  readonly policy?: string;
  /** Requests of a generator before the first block: so many, until V8 has compiled what it does over and over (agent.ts). */
  readonly warmUpRequests?: number;
  /** The one metric that gets a verdict. */
  readonly verdict: Metric;
  /** Those that get a ratio and an interval only. */
  readonly others: readonly Metric[];
}

/** What can be timed: requests over kept connections, over a new one each, or the kernel's answer to a SYN. */
export const seriesTable = {
  // A closed loop's rate says all.
  'keep-alive': { title: 'keep-alive', policy: 'kept', warmUpRequests: 5000, verdict: 'rate', others: ['p50', 'p99'] },
  // A new connection's cost is a latency, and its median is the figure that one slow connection does not move.
  'new-connection': { title: 'new connections', policy: 'fresh', warmUpRequests: 1500, verdict: 'p50', others: ['p99', 'rate'] },
  'first-packet': { title: 'first packet', verdict: 'p50', others: ['p99'] },
} as const satisfies Readonly<Record<string, Series>>;

export type SeriesName = keyof typeof seriesTable;
export const seriesNames = Object.keys(seriesTable) as readonly SeriesName[];

/** The series that a generator measures. */
export type LoadSeries = {
  [Name in SeriesName]: (typeof seriesTable)[Name] extends { readonly policy: string } ? Name : never;
}[SeriesName];

export const isLoadSeries = (name: SeriesName): name is LoadSeries => 'policy' in seriesTable[name];
