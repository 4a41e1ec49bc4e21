import { isAbsolute, join } from 'node:path';
import type { Cluster, User } from '@kubernetes/client-node';
import { UnavailableError } from '../../errors.ts';
import type { ClusterEntry, UserEntry } from './kubeconfig-file.ts';
import type { Placed } from './kubeconfig-files.ts';
import { readBounded } from './read-bounded.ts';

const MOST_BYTES = 2 ** 20;

/** A path as a kubeconfig file means it: relative to the file's own folder. */
const placed = (folder: string, path: string): string => (isAbsolute(path) ? path : join(folder, path));

/** The cluster for the client library, whose certificate authority is read here, once and with a bound; embedded data comes before a file. */
export async function clusterOf(name: string, server: string, { entry, folder }: Placed<ClusterEntry>): Promise<Cluster> {
  const caData = await pem(entry['certificate-authority-data'], entry['certificate-authority'], folder, 'certificate authority');
  const plain = server.startsWith('http:');
  return {
    name,
    server,
    // Without TLS there is nothing to skip; the library refuses http: unless this is set.
    skipTLSVerify: plain || entry['insecure-skip-tls-verify'] === true,
    ...(caData ? { caData } : {}),
    ...(entry['tls-server-name'] ? { tlsServerName: entry['tls-server-name'] } : {}),
    ...(entry['proxy-url'] ? { proxyUrl: entry['proxy-url'] } : {}),
  };
}

/** The user for the client library; an exec plugin is not part of it. @throws UnavailableError for what is not supported. */
export async function userOf(name: string, { entry, folder }: Placed<UserEntry>): Promise<User> {
  const provider = entry['auth-provider'];
  if (provider && provider.name !== 'oidc')
    throw new UnavailableError(`the user "${name}" takes its credentials from the auth-provider "${provider.name}"`, {
      remedy: 'use an exec plugin, as kubectl does since 1.26 (gke-gcloud-auth-plugin, kubelogin)',
    });
  if (entry['as-uid'] || entry['as-groups']?.length || Object.keys(entry['as-user-extra'] ?? {}).length > 0)
    throw new UnavailableError(
      `the user "${name}" impersonates a user with groups, a uid or extra fields, which trafficlab does not support`,
      {
        remedy: 'use a context without as-groups, as-uid and as-user-extra',
      },
    );
  const [certData, keyData, token] = await Promise.all([
    pem(entry['client-certificate-data'], entry['client-certificate'], folder, 'client certificate'),
    pem(entry['client-key-data'], entry['client-key'], folder, 'client key'),
    entry.tokenFile ? fileOf(entry.tokenFile, folder, 'token file') : undefined,
  ]);
  return {
    name,
    ...(certData ? { certData } : {}),
    ...(keyData ? { keyData } : {}),
    // The file is read again while a run lasts: tokens of service accounts are renewed in it.
    ...(token && entry.tokenFile
      ? { authProvider: { name: 'tokenFile', config: { tokenFile: placed(folder, entry.tokenFile) } } }
      : entry.token
        ? { token: entry.token }
        : {}),
    ...(entry.username ? { username: entry.username, password: entry.password ?? '' } : {}),
    ...(entry.as ? { impersonateUser: entry.as } : {}),
    ...(provider ? { authProvider: { name: provider.name, config: provider.config ?? {} } } : {}),
  };
}

/** In base64, as the library takes it. */
async function pem(data: string | null | undefined, path: string | null | undefined, folder: string, what: string) {
  if (data) return data;
  return path ? (await fileOf(path, folder, what)).toString('base64') : undefined;
}

async function fileOf(path: string, folder: string, what: string): Promise<Buffer> {
  const file = placed(folder, path);
  const remedy = 'correct the kubeconfig file';
  const bytes = await readBounded(file, `the ${what} ${file}`, MOST_BYTES, remedy);
  if (bytes === undefined) throw new UnavailableError(`the ${what} ${file} does not exist`, { remedy });
  return bytes;
}
