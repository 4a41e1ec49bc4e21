import type {
  AuthorizationV1Api,
  KubeConfig,
  NetworkingV1Api,
  PortForward,
  RbacAuthorizationV1Api,
} from '@kubernetes/client-node';
import { UnavailableError } from '../../errors.ts';
import type { ProviderOptions } from '../contract/options.ts';
import { clientOf, type KubeClient } from '../kube/client.ts';
import { clusterOf, userOf } from './credentials.ts';
import { execPlugin } from './exec-plugin.ts';
import type { ClusterEntry, UserEntry } from './kubeconfig-file.ts';
import { type Kubeconfig, type Placed, readKubeconfigs } from './kubeconfig-files.ts';
import { isThisMachine } from './this-machine.ts';

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
  /** The same, whose calls also end when the signal fires: for all but deleting what was created. */
  until(signal: AbortSignal): Access;
}

type Asked = Pick<ProviderOptions, 'context' | 'kubeconfig' | 'yesIMean'>;

/**
 * Opens the context that was named; nothing is sent to the API server yet, and the file is never written. An exec plugin is run, once the
 * cluster is allowed.
 * @throws UnavailableError where no context is named or there is none of that name, for a file that is malformed, and for a cluster on
 * another machine that is not named twice.
 */
export async function openContext(asked: Asked): Promise<Access> {
  const kubeconfig = await readKubeconfigs(asked.kubeconfig);
  const chosen = choose(kubeconfig, asked.context);
  refuseElsewhere(chosen, asked.yesIMean);
  const config = await libraryConfig(chosen);
  const { AuthorizationV1Api, NetworkingV1Api, PortForward, RbacAuthorizationV1Api } = await import('@kubernetes/client-node');
  const forward = new PortForward(config);
  const accessBy = (client: KubeClient): Access => ({
    context: chosen.context,
    server: chosen.server,
    client,
    authorization: client.make(AuthorizationV1Api),
    networking: client.make(NetworkingV1Api),
    rbac: client.make(RbacAuthorizationV1Api),
    forward,
    until: (signal) => accessBy(client.until(signal)),
  });
  return accessBy(await clientOf(config, 'create'));
}

interface Chosen {
  readonly context: string;
  readonly server: string;
  readonly cluster: Placed<ClusterEntry> & { readonly name: string };
  /** Absent: anonymous. */
  readonly user?: Placed<UserEntry> & { readonly name: string };
}

function choose({ clusters, users, contexts, files }: Kubeconfig, asked: string | undefined): Chosen {
  const names = [...contexts.keys()];
  const known = names.length > 0 ? `--context NAME, with NAME one of ${names.join(', ')}` : `${files} has no context`;
  if (asked === undefined) throw new UnavailableError('--context is required', { remedy: `use ${known}` });
  const context = contexts.get(asked)?.entry;
  if (context === undefined) throw new UnavailableError(`${files} has no context "${asked}"`, { remedy: `use ${known}` });
  const refuse = (why: string) =>
    new UnavailableError(`the context "${asked}" ${why}`, { remedy: 'correct the kubeconfig file' });
  const { cluster: clusterName, user: userName } = context;
  const cluster = clusterName ? clusters.get(clusterName) : undefined;
  if (!clusterName) throw refuse('has no cluster');
  if (!cluster) throw refuse(`has the cluster "${clusterName}", which is not in ${files}`);
  const user = userName ? users.get(userName) : undefined;
  if (userName && !user) throw refuse(`has the user "${userName}", which is not in ${files}`);
  return {
    context: asked,
    server: serverOf(cluster.entry, refuse),
    cluster: { ...cluster, name: clusterName },
    ...(user && userName ? { user: { ...user, name: userName } } : {}),
  };
}

/** Without its last slash. A proxy is checked as well: the library fails on one that it does not know. */
function serverOf({ server, 'proxy-url': proxy }: ClusterEntry, refuse: (why: string) => UnavailableError): string {
  if (!server) throw refuse('has no API server');
  if (!URL.canParse(server) || !/^https?:$/.test(new URL(server).protocol))
    throw refuse(`has the API server "${server}", which is not an https or http URL`);
  if (new URL(server).username !== '')
    throw refuse('has a user name in the URL of its API server, which trafficlab does not support');
  if (proxy && (!URL.canParse(proxy) || !/^(https?|socks5h?):$/.test(new URL(proxy).protocol)))
    throw refuse(`has the proxy "${proxy}", which is not an http, https or socks5 URL`);
  return server.replace(/\/$/, '');
}

/** By the address, since a context's name says nothing; what goes through a proxy elsewhere leaves this machine. */
function refuseElsewhere({ context, server, cluster }: Chosen, yesIMean: string | undefined): void {
  if (yesIMean === context) return;
  const proxy = cluster.entry['proxy-url'];
  const elsewhere = !isThisMachine(server)
    ? `the API server of "${context}", ${server}, is`
    : proxy && !isThisMachine(proxy)
      ? `the API server of "${context}" is reached through the proxy ${withoutPassword(proxy)}, which is`
      : undefined;
  if (elsewhere === undefined) return;
  throw new UnavailableError(`${elsewhere} not on this machine`, {
    remedy: `if trafficlab may create pods and load there, add --yes-i-mean ${context}`,
  });
}

function withoutPassword(proxy: string): string {
  const url = new URL(proxy);
  url.username = '';
  url.password = '';
  return url.href.replace(/\/$/, '');
}

/** One cluster, one user and one context, checked, for the client library. */
async function libraryConfig(chosen: Chosen): Promise<KubeConfig> {
  const { KubeConfig } = await import('@kubernetes/client-node');
  const { context, server } = chosen;
  const config = new KubeConfig();
  const cluster = await clusterOf('cluster', server, chosen.cluster);
  // As kubectl: over plain HTTP no credentials are sent, and no plugin is run for any (clientcmd, IsConfigTransportTLS).
  const entry = server.startsWith('http:') ? undefined : chosen.user;
  const plugin = entry?.entry.exec;
  if (entry && plugin)
    config.addAuthenticator(await execPlugin({ context, plugin: { entry: plugin, folder: entry.folder }, cluster }));
  config.loadFromOptions({
    clusters: [cluster],
    users: [entry ? await userOf(entry.name, entry) : { name: 'user' }],
    contexts: [{ name: context, cluster: 'cluster', user: entry?.name ?? 'user' }],
    currentContext: context,
  });
  return config;
}
