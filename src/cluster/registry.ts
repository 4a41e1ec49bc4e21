import type { ProviderOptions } from './contract/options.ts';
import type { ClusterProvider } from './contract/provider.ts';
import { k3dProvider } from './k3d/provider.ts';
import { kindProvider } from './kind/provider.ts';
import { kubeconfigProvider } from './kubeconfig/provider.ts';
import { netnsProvider } from './netns/provider.ts';

type Make = (options: ProviderOptions) => ClusterProvider;

/** Every provider by its name, in the order in which they are tried when none is named; `byNameOnly` ones are not. */
export const registry: Readonly<Record<string, Make>> = {
  kind: kindProvider,
  netns: netnsProvider,
  k3d: k3dProvider,
  kubeconfig: kubeconfigProvider,
};
