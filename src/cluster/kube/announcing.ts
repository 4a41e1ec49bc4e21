import { type AddressPool, allocate, bgpPool, l2Pool } from '../addresses/address-pool.ts';
import type { Endpoint, ServiceRef } from '../contract/deployment.ts';
import type { Host } from '../contract/host.ts';
import { type PooledAnnouncement, pooledAnnouncements, type Topology } from '../contract/topology.ts';
import { balancersOf } from './blueprint.ts';
import type { Platform } from './platform.ts';

/** What announces addresses of a pool on a cluster with an API server. */
export const metalLb: Readonly<Record<PooledAnnouncement, string>> = { l2: 'MetalLB (L2)', bgp: 'MetalLB (BGP)' };

/**
 * The addresses for what topologies announce, by how. @param bgpNetwork those of bgp; undefined where nothing is announced so.
 * @throws UnavailableError for a pool outside of the network, or one that is too small.
 */
export async function pools(
  platform: Platform,
  topologies: readonly Topology[],
  bgpNetwork: string | undefined,
): Promise<ReadonlyMap<PooledAnnouncement, AddressPool>> {
  const found = new Map<PooledAnnouncement, AddressPool>();
  const balancers = balancersOf(topologies);
  for (const announce of pooledAnnouncements) {
    const names = balancers.filter((one) => one.announce === announce).map(({ name }) => name);
    if (names.length === 0) continue;
    const pool = announce === 'bgp' && bgpNetwork !== undefined ? bgpPool(bgpNetwork) : await ownPool(platform);
    allocate(pool, names);
    found.set(announce, pool);
  }
  return found;
}

/** Clusters that share a network each have a slice of their own, by the number that their control plane has in it. */
async function ownPool({ segment, nodes, addressPool }: Platform): Promise<AddressPool> {
  const { subnet, taken } = await segment();
  const own = nodes.find(({ role }) => role === 'control-plane') ?? nodes[0];
  return l2Pool({ network: subnet, taken, asked: addressPool, number: Number(own?.address.split('.').at(-1) ?? 0) });
}

/** With externalTrafficPolicy Local only nodes with a pod behind the Service announce it. */
export const announcingNodes = (
  { externalTrafficPolicy }: ServiceRef,
  workers: readonly Host[],
  pods: readonly Endpoint[],
): Host[] => workers.filter(({ name }) => externalTrafficPolicy !== 'local' || pods.some(({ node }) => node === name));
