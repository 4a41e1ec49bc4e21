import type { Detections } from '../cluster/contract/provider.ts';
import type { Run } from '../results/run.ts';
import { detectionRows } from './detected-text.ts';

/** One thing that was observed of the machine or of a cluster. */
export interface EnvironmentRow {
  /** "machine", or the cluster as family/cluster. */
  readonly where: string;
  /** Name of the fact, "programs.nginx" where it is part of another. */
  readonly what: string;
  readonly value: string;
}

/** All facts of a run as rows; those of clusters that are alike stand once, with the names of all of them. */
export function environmentOf({ machine, facts }: Pick<Run, 'machine' | 'facts'>): EnvironmentRow[] {
  const ofClusters = new Map<string, EnvironmentRow & { readonly clusters: string[] }>();
  for (const [cluster, observed] of Object.entries(facts))
    for (const { what, value } of rowsOf(observed)) {
      const key = JSON.stringify([what, value]);
      const row = ofClusters.get(key) ?? { where: '', what, value, clusters: [] };
      row.clusters.push(cluster);
      ofClusters.set(key, row);
    }
  return [
    ...flat(machine).map((row) => ({ where: 'machine', ...row })),
    ...[...ofClusters.values()].map(({ what, value, clusters }) => ({ where: clusters.join(', '), what, value })),
  ];
}

/** What was detected stands first, each value with its source. */
function rowsOf({ detected = {}, ...rest }: Run['facts'][string]): { what: string; value: string }[] {
  return [...detectionRows(detected as Detections), ...flat(rest)];
}

function flat(facts: Readonly<Record<string, unknown>>, head = ''): { what: string; value: string }[] {
  return Object.entries(facts).flatMap(([name, value]) => {
    const what = `${head}${name}`;
    if (Array.isArray(value)) return [{ what, value: value.map(shown).join(', ') }];
    if (typeof value === 'object' && value !== null) return flat(value as Record<string, unknown>, `${what}.`);
    return [{ what, value: shown(value) }];
  });
}

const shown = (value: unknown): string => (typeof value === 'object' ? JSON.stringify(value) : String(value));
