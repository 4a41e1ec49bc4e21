import type {
  AppsV1Api,
  CoreV1Api,
  CustomObjectsApi,
  DiscoveryV1Api,
  Exec,
  KubeConfig,
  KubernetesObject,
  VersionApi,
} from '@kubernetes/client-node';
import { CommandError } from '../../errors.ts';

/** The API clients of one cluster. */
export interface KubeClient {
  readonly core: CoreV1Api;
  readonly apps: AppsV1Api;
  readonly discovery: DiscoveryV1Api;
  readonly custom: CustomObjectsApi;
  readonly version: VersionApi;
  readonly exec: Exec;
  /** Makes an object as it is given, in the way of the client. */
  apply(object: KubernetesObject): Promise<void>;
}

const FIELD_MANAGER = 'trafficlab';

/**
 * Reads a kubeconfig file of the run's own. The library takes most of a second to load, so it is loaded here: what is refused before a
 * cluster is there is refused at once.
 */
export async function kubeClient(kubeconfigFile: string): Promise<KubeClient> {
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  config.loadFromFile(kubeconfigFile);
  return clientOf(config, 'apply');
}

/**
 * The clients of a configuration's current context.
 * @param how objects are made: by server-side apply, so that applying again on a re-used cluster is no error, or by plain creation, which
 * needs the right to create and no other.
 */
export async function clientOf(config: KubeConfig, how: 'apply' | 'create'): Promise<KubeClient> {
  const { AppsV1Api, CoreV1Api, CustomObjectsApi, DiscoveryV1Api, Exec, KubernetesObjectApi, PatchStrategy, VersionApi } =
    await import('@kubernetes/client-node');
  const objects = KubernetesObjectApi.makeApiClient(config);
  return {
    core: config.makeApiClient(CoreV1Api),
    apps: config.makeApiClient(AppsV1Api),
    discovery: config.makeApiClient(DiscoveryV1Api),
    custom: config.makeApiClient(CustomObjectsApi),
    version: config.makeApiClient(VersionApi),
    exec: new Exec(config),
    async apply(object) {
      const made =
        how === 'create'
          ? objects.create(object as never, undefined, undefined, FIELD_MANAGER)
          : objects.patch(object as never, undefined, undefined, FIELD_MANAGER, true, PatchStrategy.ServerSideApply);
      await made.catch((error: unknown) => {
        throw refused(object, error);
      });
    },
  };
}

const refused = ({ kind, metadata }: KubernetesObject, error: unknown): CommandError =>
  new CommandError(`the API server does not take ${kind} ${metadata?.name}: ${saidBy(error)}`, { cause: error });

/** The API server's own words, which are in the body of its answer. */
export function saidBy(error: unknown): string {
  const { body } = error as { readonly body?: unknown };
  const status = typeof body === 'string' ? /"message":"((?:[^"\\]|\\.)*)"/.exec(body)?.[1]?.replaceAll('\\"', '"') : undefined;
  return status ?? (error instanceof Error ? error.message : String(error));
}
