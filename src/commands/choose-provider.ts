import { type ProviderOptions, providerOptions } from '../cluster/contract/options.ts';
import type { ClusterProvider, Limits, Obstacle, ProviderName } from '../cluster/contract/provider.ts';
import { registry } from '../cluster/registry.ts';
import { UnavailableError, UsageError } from '../errors.ts';
import { proxyModeOf, topologyOf } from '../lab/layout.ts';
import { runnable } from '../lab/plan.ts';
import type { Lab } from '../lab/schema.ts';
import { plainLabel } from '../plain.ts';
import type { SetupContext } from '../setup/packages.ts';

export interface Choice {
  readonly provider: ClusterProvider;
  readonly limits: Limits;
  /** With which the provider was made. */
  readonly options: ProviderOptions;
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
  options: ProviderOptions,
  setup: SetupContext,
): Promise<Choice> {
  const named = asked ?? lab.provider;
  const known = Object.keys(registry) as ProviderName[];
  if (named !== undefined && !known.includes(named as ProviderName))
    throw new UsageError(`there is no provider "${plainLabel(named)}"`, { remedy: `choose one of ${known.join(', ')}` });
  const refusals: { readonly name: string; readonly reason: string; readonly remedy: string }[] = [];
  for (const name of named ? [named as ProviderName] : known) {
    const provider = registry[name](options);
    if (!named && provider.byNameOnly) continue;
    const lacking = await prepared(provider, lab, setup);
    const limits = await provider.inspect();
    const obstacle = lacking ?? runnable(lab, limits);
    if (!obstacle) return { provider, limits, options: providerOptions(options), reason: reasonFor(asked, lab, refusals) };
    refusals.push({ name, ...obstacle });
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
