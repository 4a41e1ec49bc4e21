/** What a carrier is to the kernel of its node. */
export const carrierKinds = ['process', 'kernel-thread'] as const;
export type CarrierKind = (typeof carrierKinds)[number];

/** The CPU that a component used on a node so far: all its processes there together. */
export interface CarrierSample {
  /** "kube-proxy", "nginx", "k3s". */
  readonly component: string;
  readonly node: string;
  readonly kind: CarrierKind;
  readonly cpuNs: bigint;
}

/** Why the CPU of a node's components is not known: nothing may be run there, or what was run did not answer. */
export const carrierUnknowns = ['node-closed', 'not-readable'] as const;

/** A node whose carriers are not known, which is not the same as zero. */
export interface UnknownCarriers {
  readonly node: string;
  readonly unknown: (typeof carrierUnknowns)[number];
}

/** One look at the carriers of a cluster. A component without a process on a node has no sample there. */
export interface CarrierSnapshot {
  readonly samples: readonly CarrierSample[];
  readonly unknown: readonly UnknownCarriers[];
}
