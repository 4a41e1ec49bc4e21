import { PassThrough, Writable } from 'node:stream';
import type { Access } from './context.ts';
import type { SystemPod } from './discover.ts';

const METRICS_PORT = 10_249;
const TIMEOUT_MS = 5_000;

/**
 * Asks a kube-proxy itself in which mode it runs. It answers on its node's loopback only, which the kubelet reaches for whoever may forward
 * ports to the pod: kube-proxy's pods are in their node's network. Undefined where it does not answer.
 */
export async function askKubeProxy(
  { forward }: Pick<Access, 'forward'>,
  { namespace, name }: SystemPod,
): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  const request = new PassThrough();
  let heard: () => void = () => {};
  const answered = new Promise<void>((resolve) => {
    heard = resolve;
  });
  const output = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      if (answerOf(Buffer.concat(chunks).toString()) !== undefined) heard();
      done();
    },
  });
  const timer = setTimeout(heard, TIMEOUT_MS);
  try {
    const socket = await forward.portForward(namespace, name, [METRICS_PORT], output, null, request);
    request.write('GET /proxyMode HTTP/1.0\r\nHost: localhost\r\n\r\n');
    await answered;
    const open = typeof socket === 'function' ? socket() : socket;
    open?.close();
    return answerOf(Buffer.concat(chunks).toString());
  } catch {
    return undefined; // refused, or the kubelet cannot reach it: then others say what they know
  } finally {
    clearTimeout(timer);
    request.destroy();
  }
}

/** The mode in an HTTP answer, once it is whole. */
const answerOf = (text: string): string | undefined => /^HTTP\/1\.[01] 200 [\s\S]*?\r\n\r\n(\w+)\s*$/.exec(text)?.[1];
