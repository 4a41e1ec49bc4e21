import { kindProvider } from './kind/provider.ts';
import { netnsProvider } from './netns/provider.ts';
import type { ClusterProvider, ProviderName } from './provider.ts';

/** What the command line can tell a provider; each takes what concerns it. */
export interface ProviderOptions {
  readonly kubernetes?: string;
  readonly images?: readonly string[];
  readonly kind?: string;
  readonly kindUserspace?: string;
}

type Make = (options: ProviderOptions) => ClusterProvider;

/** Every provider by its name, in the order in which they are tried when none is named. */
export const registry: Readonly<Record<ProviderName, Make>> = {
  kind: kindProvider,
  netns: netnsProvider,
};
