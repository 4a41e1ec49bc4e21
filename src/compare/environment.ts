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
    ...shared.flatMap((cluster) => [
      ...differing(ENVIRONMENT, one.facts[cluster]!, other.facts[cluster]!),
      ...settingsDifferences(one.facts[cluster]!, other.facts[cluster]!),
    ]),
  ];
  return [...new Map(differences.map((difference) => [JSON.stringify(difference), difference])).values()];
}

// Another number of connections or pods makes other figures of the same cell, on the same machine.
const offered = ({ plan: { lab } }: Run) => ({ load: lab.load, workload: lab.workload, cluster: lab.cluster });

/** Proxies of one name that were set otherwise: another version ships with other defaults, or is set otherwise by another trafficlab. */
function settingsDifferences(one: Observed, other: Observed): EnvironmentDifference[] {
  const [ours, theirs] = [settingsIn(one), settingsIn(other)];
  return Object.keys(ours).flatMap((id) => {
    const [mine = {}, yours] = [ours[id], theirs[id]];
    if (!yours) return [];
    const names = [...new Set([...Object.keys(mine), ...Object.keys(yours)])];
    return differing(names, mine, yours).map((difference) => ({ ...difference, what: `${id} ${difference.what}` }));
  });
}

/** By the controller's id; runs of before there were tunings have none. */
function settingsIn({ deployed }: Observed): Readonly<Record<string, Observed>> {
  const { controllers = {} } = (deployed ?? {}) as { readonly controllers?: Readonly<Record<string, Observed>> };
  const all = Object.entries(controllers) as [string, { readonly settings?: Observed }][];
  return Object.fromEntries(all.flatMap(([id, { settings }]) => (settings ? [[id, settings]] : [])));
}

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
