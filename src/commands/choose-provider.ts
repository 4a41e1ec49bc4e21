import { type Obstacle, statedBy } from '../cluster/contract/obstacle.ts';
import { type ProviderOptions, providerOptions } from '../cluster/contract/options.ts';
import type { ClusterProvider, Limits, ProviderName } from '../cluster/contract/provider.ts';
import { registry } from '../cluster/registry.ts';
import { UnavailableError, UsageError } from '../errors.ts';
import { proxyModeOf, topologyOf } from '../lab/layout.ts';
import type { ProviderChoice } from '../lab/plan.ts';
import { runnable } from '../lab/runnable.ts';
import type { Lab } from '../lab/schema.ts';
import { plainLabel } from '../plain.ts';
import type { SetupContext } from '../setup/packages.ts';
import { obstacleLine, obstacleWords } from '../words/obstacle.ts';

export interface Choice {
  readonly provider: ClusterProvider;
  readonly limits: Limits;
  /** With which the provider was made. */
  readonly options: ProviderOptions;
  readonly chosen: ProviderChoice;
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
  const refused: Refused[] = [];
  for (const name of named ? [named as ProviderName] : known) {
    const provider = registry[name](options);
    if (!named && provider.byNameOnly) continue;
    const lacking = await prepared(provider, lab, setup);
    const limits = await provider.inspect();
    const obstacle = lacking ?? runnable(lab, limits);
    if (!obstacle) return { provider, limits, options: providerOptions(options), chosen: chosenBy(asked, lab, refused) };
    refused.push({ name, because: obstacle });
  }
  const [only] = refused;
  if (refused.length === 1 && only) {
    const { reason, ...details } = obstacleWords(only.because);
    throw new UnavailableError(`${only.name} cannot run the lab ${lab.name}: ${reason}`, details);
  }
  throw new UnavailableError(
    `no provider can run the lab ${lab.name}: ${refused.map(({ name, because }) => `${name}: ${obstacleLine(because)}`).join('; ')}`,
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
    if (error instanceof UnavailableError) return statedBy(error);
    throw error;
  }
}

type Refused = Extract<ProviderChoice, { code: 'first' }>['refused'][number];

function chosenBy(asked: string | undefined, lab: Lab, refused: readonly Refused[]): ProviderChoice {
  if (asked !== undefined) return { code: 'asked' };
  return lab.provider === undefined ? { code: 'first', refused } : { code: 'lab' };
}
