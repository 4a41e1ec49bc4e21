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
import { CommandError, TrafficlabError } from '../../errors.ts';
import { boundedApis, type CallBounds, type ClientLibrary, type MakeApi } from './bounded-api.ts';

/** The API clients of one cluster. Every call has a time-out. */
export interface KubeClient {
  readonly core: CoreV1Api;
  readonly apps: AppsV1Api;
  readonly discovery: DiscoveryV1Api;
  readonly custom: CustomObjectsApi;
  readonly version: VersionApi;
  readonly exec: Exec;
  /** Makes the clients of further parts of the API, with the same bounds. */
  readonly make: MakeApi;
  /** Makes an object as it is given, in the way of the client. */
  apply(object: KubernetesObject): Promise<void>;
  /** The same client, whose calls also end when the signal fires: for all but deleting what was created. */
  until(signal: AbortSignal): KubeClient;
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
export async function clientOf(config: KubeConfig, how: 'apply' | 'create', bounds: CallBounds = {}): Promise<KubeClient> {
  return openClient(await import('@kubernetes/client-node'), config, how, bounds);
}

function openClient(library: ClientLibrary, config: KubeConfig, how: 'apply' | 'create', bounds: CallBounds): KubeClient {
  const { AppsV1Api, CoreV1Api, CustomObjectsApi, DiscoveryV1Api, Exec, KubernetesObjectApi, PatchStrategy, VersionApi } =
    library;
  const make = boundedApis(library, config, bounds);
  // It takes the default namespace from the configuration that makes it.
  const objects = KubernetesObjectApi.makeApiClient(Object.assign(Object.create(config), { makeApiClient: make }) as KubeConfig);
  return {
    core: make(CoreV1Api),
    apps: make(AppsV1Api),
    discovery: make(DiscoveryV1Api),
    custom: make(CustomObjectsApi),
    version: make(VersionApi),
    exec: new Exec(config),
    make,
    async apply(object) {
      const made =
        how === 'create'
          ? objects.create(object as never, undefined, undefined, FIELD_MANAGER)
          : objects.patch(object as never, undefined, undefined, FIELD_MANAGER, true, PatchStrategy.ServerSideApply);
      await made.catch((error: unknown) => {
        throw refused(object, error);
      });
    },
    until: (signal) => openClient(library, config, how, { ...bounds, signal }),
  };
}

/** An error with words of its own is told as it is; any other is the API server's refusal. */
const refused = ({ kind, metadata }: KubernetesObject, error: unknown): TrafficlabError =>
  error instanceof TrafficlabError
    ? error
    : new CommandError(`the API server rejected ${kind} ${metadata?.name}: ${saidBy(error)}`, { cause: error });

/** The API server's own words, which are in the body of its answer. */
export function saidBy(error: unknown): string {
  const { body } = error as { readonly body?: unknown };
  const status = typeof body === 'string' ? /"message":"((?:[^"\\]|\\.)*)"/.exec(body)?.[1]?.replaceAll('\\"', '"') : undefined;
  return status ?? (error instanceof Error ? error.message : String(error));
}
