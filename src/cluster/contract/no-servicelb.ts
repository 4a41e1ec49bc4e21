import type { Obstacle } from './obstacle.ts';

/** Why a provider offers no LoadBalancer of k3s' servicelb, as `Limits.topologies` has it. */
export const noServicelb = (
  because: Extract<Obstacle, { code: 'no-servicelb' }>['because'],
): Readonly<Record<string, Obstacle>> => ({
  'load-balancer-servicelb': { code: 'no-servicelb', because },
});
