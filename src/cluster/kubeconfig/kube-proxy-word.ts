import { request } from 'node:http';
import { Duplex, PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { type ProxyMode, proxyModes } from '../contract/provider.ts';
import type { SystemPod } from '../kube/system-pods.ts';
import type { Access } from './context.ts';

const METRICS_PORT = 10_249;
const TIMEOUT_MS = 5_000;

/**
 * Asks a kube-proxy itself in which mode it runs. It answers on its node's loopback only, which the kubelet reaches for whoever may forward
 * ports to a pod in the node's network. Undefined where it does not answer, or with no mode.
 */
export async function askKubeProxy(
  { forward }: Pick<Access, 'forward'>,
  { namespace, name }: Pick<SystemPod, 'namespace' | 'name'>,
): Promise<ProxyMode | undefined> {
  const [fromPod, toPod] = [new PassThrough(), new PassThrough()];
  // What comes after the answer was read, or after it was given up, is nobody's error.
  for (const one of [fromPod, toPod]) one.on('error', () => {});
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const ended = new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
  ended.catch(() => {}); // told by the race, if at all
  const opening = forward.portForward(namespace, name, [METRICS_PORT], fromPod, null, toPod);
  const socket = opening.then((one) => (typeof one === 'function' ? one() : one));
  try {
    const open = await Promise.race([socket, ended]);
    // Where the stream ends before the answer does, the answer is not whole.
    open?.on('close', () => fromPod.end());
    return await Promise.race([modeOver(Duplex.from({ readable: fromPod, writable: toPod })), ended]);
  } catch {
    return undefined; // refused, or the kubelet cannot reach it: then others say what they know
  } finally {
    socket.then((one) => one?.close()).catch(() => {});
    toPod.destroy();
  }
}

/** Asks for /proxyMode over a stream; the answer is read by Node's own HTTP client, however it is framed. */
export async function modeOver(stream: Duplex): Promise<ProxyMode | undefined> {
  const answer = await new Promise<{ readonly status: number | undefined; readonly body: string }>((resolve, reject) => {
    const asking = request({ path: '/proxyMode', headers: { host: 'localhost' }, createConnection: () => stream });
    asking.once('error', reject);
    asking.once('response', (response) => {
      text(response).then((body) => resolve({ status: response.statusCode, body }), reject);
    });
    asking.end();
  });
  return answer.status === 200 ? proxyModes.find((one) => one === answer.body.trim() && one !== 'none') : undefined;
}
