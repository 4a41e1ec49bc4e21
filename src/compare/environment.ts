import type { Run } from '../results/run.ts';

/** What must be alike for two stored runs to be set beside each other without being asked twice (measurement.md, 8). */
const ENVIRONMENT = [
  'provider',
  'kind',
  'engine',
  'kernel',
  'kubernetes',
  'nodeImage',
  'containerRuntime',
  'iptablesBackend',
  'cpuModel',
  'cpus',
  'architecture',
  'node',
] as const;
const OFFERED = ['load', 'workload', 'cluster'] as const;

export interface EnvironmentDifference {
  readonly what: string;
  readonly one: string;
  readonly other: string;
}

/** In what two runs differ: what was offered, and what was observed of the machine and of the clusters that both of them had. */
export function environmentDifferences(one: Run, other: Run): EnvironmentDifference[] {
  const shared = Object.keys(one.facts).filter((cluster) => cluster in other.facts);
  const differences = [
    ...differing(ENVIRONMENT, { provider: one.plan.provider.name }, { provider: other.plan.provider.name }),
    ...differing(OFFERED, offered(one), offered(other)),
    ...differing(ENVIRONMENT, one.machine, other.machine),
    ...shared.flatMap((cluster) => differing(ENVIRONMENT, one.facts[cluster]!, other.facts[cluster]!)),
  ];
  return [...new Map(differences.map((difference) => [JSON.stringify(difference), difference])).values()];
}

// Another number of connections or pods makes other figures of the same cell, on the same machine.
const offered = ({ plan: { lab } }: Run) => ({ load: lab.load, workload: lab.workload, cluster: lab.cluster });

type Observed = Readonly<Record<string, unknown>>;

function differing(keys: readonly string[], one: Observed, other: Observed): EnvironmentDifference[] {
  return keys.flatMap((key) => {
    const [ours, theirs] = [shown(one[key]), shown(other[key])];
    return ours === theirs ? [] : [{ what: key, one: ours, other: theirs }];
  });
}

function shown(value: unknown): string {
  if (value === undefined) return 'not recorded';
  if (typeof value !== 'object' || value === null) return String(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([key, part]) => `${key} ${shown(part)}`).join(', ');
}
