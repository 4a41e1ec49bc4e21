import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import type {
  AuthorizationV1Api,
  KubeConfig,
  NetworkingV1Api,
  PortForward,
  RbacAuthorizationV1Api,
} from '@kubernetes/client-node';
import { UnavailableError } from '../../errors.ts';
import { clientOf, type KubeClient } from '../kube/client.ts';
import type { ProviderOptions } from '../options.ts';

/** A cluster that exists, by the context that was named. */
export interface Access {
  readonly context: string;
  /** Of the API server, as in "https://127.0.0.1:6443". */
  readonly server: string;
  readonly client: KubeClient;
  readonly authorization: AuthorizationV1Api;
  readonly networking: NetworkingV1Api;
  readonly rbac: RbacAuthorizationV1Api;
  readonly forward: PortForward;
}

type Asked = Pick<ProviderOptions, 'context' | 'kubeconfig' | 'yesIMean'>;

/**
 * Opens the context that was named; nothing is sent yet, and the file is never written.
 * @throws UnavailableError where no context is named or there is none of that name, and for an API server elsewhere that is not named twice.
 */
export async function openContext(asked: Asked): Promise<Access> {
  const files = kubeconfigFiles(asked.kubeconfig);
  const config = await readConfig(files);
  const names = config.getContexts().map(({ name }) => name);
  const known = names.length > 0 ? `--context NAME, NAME being one of ${names.join(', ')}` : `${files.join(', ')} has no context`;
  if (asked.context === undefined)
    throw new UnavailableError('no context is named, and none is guessed', { remedy: `name one: ${known}` });
  if (!names.includes(asked.context))
    throw new UnavailableError(`${files.join(', ')} has no context "${asked.context}"`, { remedy: `name one: ${known}` });
  config.setCurrentContext(asked.context);
  const server = config.getCurrentCluster()?.server;
  if (server === undefined)
    throw new UnavailableError(`the context "${asked.context}" names no API server`, { remedy: 'mend the kubeconfig file' });
  if (!isLocal(server) && asked.yesIMean !== asked.context)
    throw new UnavailableError(`the API server of "${asked.context}", ${server}, is not on this machine`, {
      remedy: `if pods and load are welcome there, say so: --yes-i-mean ${asked.context}`,
    });
  const { AuthorizationV1Api, NetworkingV1Api, PortForward, RbacAuthorizationV1Api } = await import('@kubernetes/client-node');
  return {
    context: asked.context,
    server,
    client: await clientOf(config, 'create'),
    authorization: config.makeApiClient(AuthorizationV1Api),
    networking: config.makeApiClient(NetworkingV1Api),
    rbac: config.makeApiClient(RbacAuthorizationV1Api),
    forward: new PortForward(config),
  };
}

/** Whether an API server is on this machine: by its address, since a context's name says nothing. */
export function isLocal(server: string): boolean {
  const host = URL.canParse(server) ? new URL(server).hostname : '';
  return host === 'localhost' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** As kubectl looks for them. */
const kubeconfigFiles = (asked: string | undefined): string[] => {
  if (asked !== undefined) return [asked];
  const named = (process.env.KUBECONFIG ?? '').split(delimiter).filter(Boolean);
  return named.length > 0 ? named : [join(homedir(), '.kube', 'config')];
};

async function readConfig(files: readonly string[]): Promise<KubeConfig> {
  const { KubeConfig } = await import('@kubernetes/client-node');
  const configs = files.map((file) => {
    const config = new KubeConfig();
    try {
      config.loadFromFile(file);
    } catch (error) {
      // The client trips over what is YAML and no kubeconfig: an empty file, comments only, a cluster that is nothing.
      const said = error instanceof TypeError ? 'it holds no kubeconfig' : (error as Error).message.split('\n')[0];
      throw new UnavailableError(`${file} cannot be read as a kubeconfig file: ${said}`, {
        remedy: 'name another: --kubeconfig FILE',
      });
    }
    return config;
  });
  const [first, ...others] = configs;
  for (const other of others) first!.mergeConfig(other);
  return first!;
}
