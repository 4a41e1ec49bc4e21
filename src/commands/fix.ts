import { type ClusterProvider, type Limits, type Obstacle, proxyModes } from '../cluster/contract/provider.ts';
import { controllers, pooledAnnouncements, type Topology } from '../cluster/contract/topology.ts';
import { UnavailableError } from '../errors.ts';
import type { SetupContext } from '../setup/packages.ts';

/** What a provider can do after the fixes, and what of it is new. */
export interface Fixed {
  readonly limits: Limits;
  /** What was lacking before and is not now: a mode, or a key of `Limits.topologies`; the provider's own name for all of it. */
  readonly gained: readonly string[];
  /** Why what it lacks was not got, where that was tried. */
  readonly failure?: Obstacle;
}

const modes = proxyModes.filter((mode) => mode !== 'none');
const exposure = { entry: 'load-balancer', trafficPolicy: 'cluster' } as const;
const ways: readonly Topology[] = [
  ...pooledAnnouncements.map((announce) => ({ ...exposure, announce })),
  ...controllers.map((controller) => ({
    entry: 'ingress' as const,
    controller,
    placement: 'daemonset' as const,
    exposure: { entry: 'host-port' as const },
  })),
];

/** Gets what needs no decision, which is what providers get before a run; asks nobody, and never uses sudo. */
export async function fix(provider: ClusterProvider, progress: SetupContext['progress']): Promise<Fixed> {
  const found = await provider.inspect();
  if (!provider.prepare) return { limits: found, gained: [] };
  let failure: Obstacle | undefined;
  try {
    await provider.prepare(modes, ways, { progress, yes: false });
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error;
    failure = { reason: error.message, remedy: error.remedy ?? '' };
  }
  const limits = await provider.inspect();
  const after = lacking(provider.name, limits);
  return { limits, gained: lacking(provider.name, found).filter((one) => !after.includes(one)), ...(failure ? { failure } : {}) };
}

const lacking = (name: string, { provider, proxyModes, topologies }: Limits): readonly string[] =>
  provider ? [name] : [...Object.keys(proxyModes), ...Object.keys(topologies)];
