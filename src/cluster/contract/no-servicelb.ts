import type { Obstacle } from './provider.ts';

/** Why a provider offers no LoadBalancer of k3s' servicelb, as `Limits.topologies` has it. */
export const noServicelb = (because: string): Readonly<Record<string, Obstacle>> => ({
  'load-balancer-servicelb': { reason: `no servicelb here: ${because}`, remedy: 'use -- --provider k3d' },
});
