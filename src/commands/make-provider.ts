import type { GivenProviderOptions, ProviderOptions } from '../cluster/contract/options.ts';
import type { ClusterProvider } from '../cluster/contract/provider.ts';
import { registry } from '../cluster/registry.ts';
import { UsageError } from '../errors.ts';
import type { Lab } from '../lab/schema.ts';
import { plainLabel } from '../plain.ts';

/** Names of all providers, in the order in which they are tried. */
export const providerNames: readonly string[] = Object.keys(registry);

/** The provider of a name. @throws UsageError for a name that is not in the registry. */
export function makeProvider(name: string, options: ProviderOptions): ClusterProvider {
  const make = Object.hasOwn(registry, name) ? registry[name] : undefined;
  if (make) return make(options);
  throw new UsageError(`no such provider: "${plainLabel(name)}"`, { remedy: `choose one of ${providerNames.join(', ')}` });
}

/** The options of a provider for one lab: the Kubernetes version is the lab's. */
export const providerOptionsFor = ({ cluster }: Lab, given: GivenProviderOptions): ProviderOptions => ({
  ...given,
  ...(cluster.kubernetes === undefined ? {} : { kubernetes: cluster.kubernetes }),
});
