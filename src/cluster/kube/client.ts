import type { AppsV1Api, CoreV1Api, DiscoveryV1Api, Exec, KubernetesObject, VersionApi } from '@kubernetes/client-node';
import { CommandError } from '../../errors.ts';

/** The API clients of one cluster. */
export interface KubeClient {
  readonly core: CoreV1Api;
  readonly apps: AppsV1Api;
  readonly discovery: DiscoveryV1Api;
  readonly version: VersionApi;
  readonly exec: Exec;
  /** Server-side apply, so that applying again on a re-used cluster is no error. */
  apply(object: KubernetesObject): Promise<void>;
}

const FIELD_MANAGER = 'trafficlab';

/**
 * Reads a kubeconfig file of the run's own; the user's is never opened. The library takes most of a second to load, so it is loaded here:
 * what is refused before a cluster is there is refused at once.
 */
export async function kubeClient(kubeconfigFile: string): Promise<KubeClient> {
  const { AppsV1Api, CoreV1Api, DiscoveryV1Api, Exec, KubeConfig, KubernetesObjectApi, PatchStrategy, VersionApi } = await import(
    '@kubernetes/client-node'
  );
  const config = new KubeConfig();
  config.loadFromFile(kubeconfigFile);
  const objects = KubernetesObjectApi.makeApiClient(config);
  return {
    core: config.makeApiClient(CoreV1Api),
    apps: config.makeApiClient(AppsV1Api),
    discovery: config.makeApiClient(DiscoveryV1Api),
    version: config.makeApiClient(VersionApi),
    exec: new Exec(config),
    async apply(object) {
      await objects
        .patch(object as never, undefined, undefined, FIELD_MANAGER, true, PatchStrategy.ServerSideApply)
        .catch((error: unknown) => {
          throw refused(object, error);
        });
    },
  };
}

/** The API server's own words, which are in the body of its answer. */
function refused({ kind, metadata }: KubernetesObject, error: unknown): CommandError {
  const { body } = error as { readonly body?: unknown };
  const status = typeof body === 'string' ? /"message":"((?:[^"\\]|\\.)*)"/.exec(body)?.[1]?.replaceAll('\\"', '"') : undefined;
  const said = status ?? (error instanceof Error ? error.message : String(error));
  return new CommandError(`the API server does not take ${kind} ${metadata?.name}: ${said}`, { cause: error });
}
