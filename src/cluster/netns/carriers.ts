import type { CarrierSample, CarrierSnapshot } from '../contract/carriers.ts';

/** A process of a component that this sandbox runs itself. */
export interface CarrierProcess {
  readonly component: string;
  readonly node: string;
  /** Of the process that started all others of it. */
  pid(): Promise<number>;
  /** Nanoseconds of CPU used so far. */
  cpuNs(): Promise<bigint>;
}

/** Looks once at the CPU of these processes; those of one component on one node are one sample. */
export async function snapshotOf(processes: readonly CarrierProcess[]): Promise<CarrierSnapshot> {
  const used = await Promise.all(processes.map(({ cpuNs }) => cpuNs()));
  const samples = new Map<string, CarrierSample>();
  for (const [index, { component, node }] of processes.entries()) {
    const key = JSON.stringify([component, node]);
    const cpuNs = (samples.get(key)?.cpuNs ?? 0n) + used[index]!;
    samples.set(key, { component, node, kind: 'process', cpuNs });
  }
  return { samples: [...samples.values()], unknown: [] };
}
