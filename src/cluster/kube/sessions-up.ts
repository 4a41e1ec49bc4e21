import { type WaitOptions, waitFor } from '../../waiting/wait.ts';
import type { Router, ServiceRef } from '../contract/deployment.ts';
import type { Host } from '../contract/host.ts';
import { nextHopsOf } from './frr.ts';

const ESTABLISHED = 'Established';

/** Waits until a router has a BGP session with each node. @throws TimeoutError with the state in which each missing one was seen last. */
export async function sessionsUp({ sessions }: Router, nodes: readonly Host[], options: WaitOptions): Promise<void> {
  await waitFor(`BGP sessions of the router with ${nodes.length} nodes`, options, async () => {
    const states = new Map((await sessions()).map(({ peer, state }) => [peer, state]));
    const missing = nodes.flatMap(({ name, address }) => {
      const state = states.get(address) ?? 'no session';
      return state === ESTABLISHED ? [] : [`${name} (${address}) is ${state}`];
    });
    return missing.length ? { seen: missing.join(', ') } : { value: undefined };
  });
}

/** Waits until a router has a route to a LoadBalancer's address by each of the nodes that announce it, and by no other. */
export async function routeComplete(
  { host }: Router,
  { name, loadBalancerIP }: ServiceRef,
  announcing: readonly Host[],
  options: WaitOptions,
): Promise<void> {
  const expected = announcing.map(({ address }) => address).sort();
  await waitFor(`the router's route to ${name} (${loadBalancerIP}) by ${expected.length} nodes`, options, async () => {
    const { stdout } = await host.exec(['vtysh', '-c', 'show ip route bgp json'], { timeoutMs: 10_000 });
    const hops = nextHopsOf(stdout, `${loadBalancerIP}/32`);
    return hops.join() === expected.join() ? { value: undefined } : { seen: `next hops ${hops.join(', ') || 'none'}` };
  });
}
