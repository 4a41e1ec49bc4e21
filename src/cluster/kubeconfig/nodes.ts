import type { V1Node } from '@kubernetes/client-node';
import type { ClosedBecause } from '../../proof/unobserved.ts';
import type { Host } from '../contract/host.ts';

/** A node that pods of ours can run on. */
export interface UsableNode {
  readonly name: string;
  /** Its label kubernetes.io/hostname, by which pods are pinned to it. */
  readonly hostname: string;
  readonly role: 'control-plane' | 'worker';
  readonly address: string;
}

const CONTROL_PLANE = ['node-role.kubernetes.io/control-plane', 'node-role.kubernetes.io/master'];

/** The Ready nodes of a cluster with an address in IPv4: control planes, and workers that take anybody's pods; by name. */
export function usableNodes(nodes: readonly V1Node[]): UsableNode[] {
  const usable = nodes.flatMap(({ metadata, spec, status }): UsableNode[] => {
    const labels = metadata?.labels ?? {};
    const name = metadata?.name ?? '';
    const role = CONTROL_PLANE.some((label) => label in labels) ? 'control-plane' : 'worker';
    const ready = status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True');
    const tainted = spec?.taints?.some(({ effect }) => effect !== 'PreferNoSchedule');
    const address = status?.addresses?.find((one) => one.type === 'InternalIP' && one.address.includes('.'))?.address;
    const linux = (labels['kubernetes.io/os'] ?? 'linux') === 'linux';
    if (!ready || !linux || spec?.unschedulable || address === undefined || (role === 'worker' && tainted)) return [];
    return [{ name, hostname: labels['kubernetes.io/hostname'] ?? name, role, address }];
  });
  return usable.sort((one, other) => (one.name < other.name ? -1 : 1));
}

/**
 * The nodes of a run, however many the cluster has: as many workers as the lab asks for, and before them one without an echo pod, where the
 * client inside stands; a control plane, where nodes of that role are to be seen. Undefined where there are too few.
 */
export function chooseNodes(usable: readonly UsableNode[], workers: number): readonly UsableNode[] | undefined {
  const plain = usable.filter(({ role }) => role === 'worker');
  const apart = usable.find(({ role }) => role === 'control-plane') ?? plain.at(-1);
  const others = plain.filter((node) => node !== apart).slice(0, workers);
  return apart && others.length === workers ? [apart, ...others] : undefined;
}

/** A node on which no command runs. */
export const closedNode = ({ name, role, address }: UsableNode, because: ClosedBecause): Host => {
  const refuse = (): never => {
    throw new TypeError(`trafficlab may not run commands on ${name}`);
  };
  return { name, role, address, closed: because, exec: refuse, inNetwork: refuse, lines: refuse };
};
