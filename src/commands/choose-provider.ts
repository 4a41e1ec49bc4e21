import type { GivenProviderOptions } from '../cluster/contract/options.ts';
import type { ClusterProvider, Obstacle } from '../cluster/contract/provider.ts';
import { UnavailableError } from '../errors.ts';
import { type Layout, proxyModeOf, topologyOf } from '../lab/layout.ts';
import { runnable } from '../lab/runnable.ts';
import type { Lab } from '../lab/schema.ts';
import type { SetupContext } from '../setup/packages.ts';
import { makeProvider, providerNames, providerOptionsFor } from './make-provider.ts';

export interface Choice {
  readonly provider: ClusterProvider;
  /** The lab on it. */
  readonly layout: Layout;
  /** Why this one, for the screen and the results. */
  readonly reason: string;
}

/**
 * The provider that was asked for, else the lab file's, else the first that can run the lab. What it lacks is got first.
 * @throws UsageError for an unknown name; UnavailableError with what each provider lacks.
 */
export async function chooseProvider(
  lab: Lab,
  asked: string | undefined,
  given: GivenProviderOptions,
  setup: SetupContext,
): Promise<Choice> {
  const named = asked ?? lab.provider;
  const refusals: { readonly name: string; readonly reason: string; readonly remedy: string }[] = [];
  for (const name of named === undefined ? providerNames : [named]) {
    const provider = makeProvider(name, providerOptionsFor(lab, given));
    if (named === undefined && provider.byNameOnly) continue;
    const lacking = await prepared(provider, lab, setup);
    const found = lacking ? { obstacle: lacking } : runnable(lab, await provider.inspect());
    if ('layout' in found) return { provider, layout: found.layout, reason: reasonFor(asked, lab, refusals) };
    refusals.push({ name, ...found.obstacle });
  }
  const [only] = refusals;
  if (refusals.length === 1 && only)
    throw new UnavailableError(`${only.name} cannot run the lab ${lab.name}: ${only.reason}`, { remedy: only.remedy });
  throw new UnavailableError(
    `no provider can run the lab ${lab.name}: ${refusals.map(({ name, reason, remedy }) => `${name}: ${reason} (${remedy})`).join('; ')}`,
    { remedy: 'do one of these, or see: npm run doctor' },
  );
}

/** What the provider lacks and could not get; undefined where nothing is missing. */
async function prepared(provider: ClusterProvider, lab: Lab, setup: SetupContext): Promise<Obstacle | undefined> {
  const modes = [...lab.proxyModes, ...(lab.reference ? [lab.reference] : [])].map(proxyModeOf);
  try {
    await provider.prepare?.([...new Set(modes)], lab.targets.map(topologyOf), setup);
    return undefined;
  } catch (error) {
    if (error instanceof UnavailableError) return { reason: error.message, remedy: error.remedy ?? '' };
    throw error;
  }
}

function reasonFor(asked: string | undefined, lab: Lab, refusals: readonly { name: string; reason: string }[]): string {
  if (asked !== undefined) return 'asked for on the command line';
  if (lab.provider !== undefined) return 'named in the lab file';
  return refusals.length
    ? `the first that can run the lab; ${refusals.map(({ name, reason }) => `${name}: ${reason}`).join('; ')}`
    : 'the first that can run the lab';
}
