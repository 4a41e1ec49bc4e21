import { createPrivateKey, X509Certificate } from 'node:crypto';
import { isAbsolute, join } from 'node:path';
import type { Cluster, KubeConfig } from '@kubernetes/client-node';
import { z } from 'zod';
import { CommandTimeoutError, ProgramMissingError, UnavailableError } from '../../errors.ts';
import { type ExecResult, exec } from '../../process/exec.ts';
import type { ExecEntry } from './kubeconfig-file.ts';
import type { Placed } from './kubeconfig-files.ts';

/** Plugins ask a cloud, or read a cache; those that wait for a person have none here. */
const TIMEOUT_MS = 30_000;
/** A token is renewed this long before it ends. */
const EARLY_MS = 10_000;

/** kind ExecCredential of client.authentication.k8s.io; a token, a certificate with its key, or both. */
const credential = z.looseObject({
  apiVersion: z.string(),
  kind: z.literal('ExecCredential'),
  status: z.looseObject({
    token: z.string().min(1).nullish(),
    clientCertificateData: z.string().nullish(),
    clientKeyData: z.string().nullish(),
    expirationTimestamp: z.string().nullish(),
  }),
});
type Credential = z.infer<typeof credential>['status'];

type Authenticator = Parameters<KubeConfig['addAuthenticator']>[0];

export interface PluginOptions {
  readonly context: string;
  readonly plugin: Placed<ExecEntry>;
  readonly cluster: Cluster;
  /** Default: 30 s. */
  readonly timeoutMs?: number;
}

/**
 * Runs the credential plugin of a kubeconfig user as kubectl does ("client-go credential plugins"), but for a terminal: it can ask
 * nothing. Its answer is kept until it expires.
 * @throws UnavailableError in one line where it is not found, fails, hangs, or answers with anything but an ExecCredential.
 */
export async function execPlugin(options: PluginOptions): Promise<Authenticator> {
  let kept = await credentialOf(options);
  return {
    isAuthProvider: (user) => user.authProvider === undefined,
    async applyAuthentication(_user, request) {
      const ends = Date.parse(kept.expirationTimestamp ?? '');
      if (ends - EARLY_MS <= Date.now()) kept = await credentialOf(options);
      const { token, clientCertificateData, clientKeyData } = kept;
      if (clientCertificateData && clientKeyData) {
        request.cert = clientCertificateData;
        request.key = clientKeyData;
      }
      if (token) {
        request.headers ??= {};
        (request.headers as Record<string, unknown>).Authorization = `Bearer ${token}`;
      }
    },
  };
}

async function credentialOf({ context, plugin: { entry, folder }, cluster, timeoutMs }: PluginOptions): Promise<Credential> {
  // As kubectl: a name alone is looked up on PATH, a relative path starts at the kubeconfig file.
  const command = entry.command.includes('/') && !isAbsolute(entry.command) ? join(folder, entry.command) : entry.command;
  const refuse = (why: string, remedy = `check with: kubectl --context ${context} version`) =>
    new UnavailableError(`the exec plugin ${command} of the context "${context}" ${why}`, { remedy });
  if (entry.interactiveMode === 'Always')
    throw refuse('needs a terminal, which trafficlab does not provide', 'use a context with credentials that need no input');
  const ended = await run(command, entry, cluster, timeoutMs ?? TIMEOUT_MS).catch((error: Error) => {
    if (error instanceof ProgramMissingError) throw refuse('is not installed', entry.installHint?.trim().split('\n')[0]);
    throw refuse(
      error instanceof CommandTimeoutError
        ? `did not answer within ${(timeoutMs ?? TIMEOUT_MS) / 1000} s`
        : `failed: ${error.message.split('\n')[0]}`,
    );
  });
  if (ended.exitCode !== 0) throw refuse(`failed with exit code ${ended.exitCode}${lastLine(ended.stderr)}`);
  return answerOf(ended.stdout, entry.apiVersion, refuse);
}

const run = (command: string, entry: ExecEntry, cluster: Cluster, timeoutMs: number): Promise<ExecResult> =>
  exec([command, ...(entry.args ?? [])], {
    accept: 'any',
    timeoutMs,
    env: {
      ...Object.fromEntries((entry.env ?? []).map(({ name, value }) => [name, value])),
      KUBERNETES_EXEC_INFO: JSON.stringify({
        apiVersion: entry.apiVersion,
        kind: 'ExecCredential',
        spec: { interactive: false, ...(entry.provideClusterInfo ? { cluster: clusterInfo(cluster) } : {}) },
      }),
    },
  });

const clusterInfo = ({ server, caData, skipTLSVerify, tlsServerName, proxyUrl }: Cluster) => ({
  server,
  ...(caData ? { 'certificate-authority-data': caData } : {}),
  ...(skipTLSVerify ? { 'insecure-skip-tls-verify': true } : {}),
  ...(tlsServerName ? { 'tls-server-name': tlsServerName } : {}),
  ...(proxyUrl ? { 'proxy-url': proxyUrl } : {}),
});

function answerOf(stdout: string, apiVersion: string, refuse: (why: string) => UnavailableError): Credential {
  let value: unknown;
  try {
    value = JSON.parse(stdout);
  } catch {
    throw refuse(stdout.trim() === '' ? 'returned nothing' : 'did not return JSON');
  }
  const read = credential.safeParse(value);
  if (!read.success) throw refuse(`did not return an ExecCredential: ${placeOf(read.error)}`);
  const { status } = read.data;
  if (read.data.apiVersion !== apiVersion)
    throw refuse(`returned ${read.data.apiVersion}, but the kubeconfig file asks for ${apiVersion}`);
  const { token, clientCertificateData: cert, clientKeyData: key } = status;
  if (!token && !(cert && key)) throw refuse('returned neither a token nor a certificate with its key');
  if (Boolean(cert) !== Boolean(key)) throw refuse('returned a certificate without its key, or a key without its certificate');
  if (status.expirationTimestamp && Number.isNaN(Date.parse(status.expirationTimestamp)))
    throw refuse('returned an invalid expirationTimestamp');
  if (token && /[^\x21-\x7e]/.test(token))
    throw refuse('returned a token with characters that are not allowed in an HTTP header');
  if (cert && key && !isPair(cert, key)) throw refuse('returned a certificate or key that is not PEM');
  return status;
}

function isPair(cert: string, key: string): boolean {
  try {
    return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}

function placeOf(error: z.ZodError): string {
  const [issue] = error.issues;
  return issue!.path.length > 0 ? `${issue!.path.join('.')}: ${issue!.message}` : issue!.message;
}

const lastLine = (text: string): string => {
  const line = text.trim().split('\n').at(-1) ?? '';
  return line === '' ? '' : `: ${line.slice(0, 200)}`;
};
