import { type Obstacle, statedBy } from '../cluster/contract/obstacle.ts';
import type { GivenProviderOptions } from '../cluster/contract/options.ts';
import type { ClusterProvider } from '../cluster/contract/provider.ts';
import { UnavailableError } from '../errors.ts';
import { type Layout, proxyModeOf, topologyOf } from '../lab/layout.ts';
import type { ProviderChoice } from '../lab/plan.ts';
import { runnable } from '../lab/runnable.ts';
import type { Lab } from '../lab/schema.ts';
import type { SetupContext } from '../setup/packages.ts';
import { obstacleLine, obstacleWords } from '../words/obstacle.ts';
import { makeProvider, providerNames, providerOptionsFor } from './make-provider.ts';

export interface Choice {
  readonly provider: ClusterProvider;
  /** The lab on it. */
  readonly layout: Layout;
  readonly chosen: ProviderChoice;
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
  const refused: Refused[] = [];
  for (const name of named === undefined ? providerNames : [named]) {
    const provider = makeProvider(name, providerOptionsFor(lab, given));
    if (named === undefined && provider.byNameOnly) continue;
    const lacking = await prepared(provider, lab, setup);
    const found = lacking ? { obstacle: lacking } : runnable(lab, await provider.inspect());
    if ('layout' in found) return { provider, layout: found.layout, chosen: chosenBy(asked, lab, refused) };
    refused.push({ name, because: found.obstacle });
  }
  const [only] = refused;
  if (refused.length === 1 && only) {
    const { reason, ...details } = obstacleWords(only.because);
    throw new UnavailableError(`${only.name} cannot run the lab ${lab.name}: ${reason}`, details);
  }
  throw new UnavailableError(
    `no provider can run the lab ${lab.name}: ${refused.map(({ name, because }) => `${name}: ${obstacleLine(because)}`).join('; ')}`,
    { remedy: 'follow one of these remedies, or see: npm run doctor' },
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
