import { readFile } from 'node:fs/promises';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { request as plain } from 'node:http';
import { request as secure } from 'node:https';
import { text } from 'node:stream/consumers';
import { UnavailableError } from '../errors.ts';

/** How an API server is reached. By hand and with node alone: the agent that does this is one file, and has to be small. */
export interface ApiServer {
  /** As in "https://10.96.0.1:443". */
  readonly url: string;
  /** Certificates, PEM; absent for plain http. */
  readonly ca?: string;
  /** Asked before each request: the kubelet renews tokens. */
  token?(): Promise<string>;
}

const ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/** The API server of the cluster that this pod is part of, with the pod's service account. @throws UnavailableError outside of a pod. */
export async function inClusterApiServer(env = process.env, folder = ACCOUNT): Promise<ApiServer> {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = '443' } = env;
  const ca = await readFile(`${folder}/ca.crt`, 'utf8').catch(() => undefined);
  if (!host || ca === undefined)
    throw new UnavailableError('not in a pod: no service account or no KUBERNETES_SERVICE_HOST', {
      remedy: 'run it in a pod with automountServiceAccountToken',
    });
  return {
    url: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    ca,
    token: async () => (await readFile(`${folder}/token`, 'utf8')).trim(),
  };
}

export interface AskOptions {
  readonly signal: AbortSignal;
  /** Given up after so long without a byte. */
  readonly silentMs: number;
  /** An object to create; absent: reads. */
  readonly create?: object;
}

/** An answer other than 200 and 201. */
export class ApiServerError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const BODY_SHOWN = 200;

/** One request, with the account's token. @throws ApiServerError with what the server said. */
export async function ask({ url, ca, token }: ApiServer, path: string, options: AskOptions): Promise<IncomingMessage> {
  const { signal, silentMs, create } = options;
  const bearer = await token?.();
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const headers = {
      accept: 'application/json',
      ...(create ? { 'content-type': 'application/json' } : {}),
      ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
    };
    const method = create ? 'POST' : 'GET';
    const sent = { method, headers, signal, agent: false as const, ...(ca === undefined ? {} : { ca }) };
    const request: ClientRequest = (url.startsWith('https:') ? secure : plain)(`${url}${path}`, sent, resolve);
    request.setTimeout(silentMs, () => request.destroy(new Error(`no data from the API server for ${silentMs / 1000} s`)));
    request.on('error', reject);
    request.end(create ? JSON.stringify(create) : undefined);
  });
  const { statusCode = 0 } = response;
  if (statusCode === 200 || statusCode === 201) return response;
  const body = await text(response).catch(() => '');
  throw new ApiServerError(
    statusCode,
    `the API server answered ${statusCode} to ${path.split('?')[0]}: ${body.slice(0, BODY_SHOWN)}`,
  );
}
