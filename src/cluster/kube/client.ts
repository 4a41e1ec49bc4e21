import { AppsV1Api, CoreV1Api, DiscoveryV1Api, Exec, KubeConfig, KubernetesObjectApi, VersionApi } from '@kubernetes/client-node';

/** The API clients of one cluster. */
export interface KubeClient {
  readonly core: CoreV1Api;
  readonly apps: AppsV1Api;
  readonly discovery: DiscoveryV1Api;
  readonly version: VersionApi;
  readonly objects: KubernetesObjectApi;
  readonly exec: Exec;
}

/** Reads a kubeconfig file of the run's own; the user's is never opened. */
export function kubeClient(kubeconfigFile: string): KubeClient {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfigFile);
  return {
    core: config.makeApiClient(CoreV1Api),
    apps: config.makeApiClient(AppsV1Api),
    discovery: config.makeApiClient(DiscoveryV1Api),
    version: config.makeApiClient(VersionApi),
    objects: KubernetesObjectApi.makeApiClient(config),
    exec: new Exec(config),
  };
}
