import type { Position, ServiceRef } from '../contract/deployment.ts';
import type { Host } from '../contract/host.ts';
import type { ProxyMode } from '../contract/provider.ts';
import { servicePortName } from '../kernel/kube-proxy-names.ts';
import { servicesInOrder } from './proxy/order.ts';

/**
 * The first, the middle and the last of many Services in a node's rules: as the kernel has them where rules are walked in order
 * (iptables), as they were made elsewhere.
 */
export async function findPositions(
  node: Host,
  mode: ProxyMode,
  services: readonly ServiceRef[],
): Promise<ReadonlyMap<Position, ServiceRef>> {
  const ordered = mode === 'iptables' ? inOrder((await node.exec(['iptables-save', '-t', 'nat'])).stdout, services) : services;
  const at = (index: number) => ordered[index]!;
  return new Map([
    ['first', at(0)],
    ['middle', at(Math.floor((ordered.length - 1) / 2))],
    ['last', at(ordered.length - 1)],
  ]);
}

function inOrder(saved: string, services: readonly ServiceRef[]): ServiceRef[] {
  const byName = new Map(services.map((service) => [servicePortName(service), service]));
  return servicesInOrder(saved).flatMap(({ service }) => byName.get(service) ?? []);
}
