import { createInterface } from 'node:readline';
import { PassThrough, Readable, Writable } from 'node:stream';
import type { Exec, V1Pod, V1Status } from '@kubernetes/client-node';
import { CommandError, CommandTimeoutError, InterruptedError, TimeoutError } from '../../errors.ts';
import type { ExecOptions, ExecResult } from '../../process/exec.ts';
import { OutOfTime, within } from '../../waiting/wait.ts';
import type { Host } from '../contract/host.ts';
import type { KubeClient } from './client.ts';
import { inPodNetwork } from './in-pod-network.ts';
import { AGENT_FILE } from './manifests/agent.ts';

/** The API server reaches the kubelet, which starts the program: seconds on a busy machine. */
const CONNECT_MS = 30_000;

export interface PodHostOptions {
  readonly exec: Exec;
  readonly pod: V1Pod;
  readonly container: string;
  /** Runs a command in the pod's network namespace with the node's tools; slim images have none. */
  readonly inNetwork: Host['inNetwork'];
}

/** A pod as a place to run commands, through the API server's exec endpoint, so it works on every cluster alike. */
export function podHost({ exec, pod, container, inNetwork }: PodHostOptions): Host {
  const name = pod.metadata?.name ?? '';
  const namespace = pod.metadata?.namespace ?? '';
  const start = (argv: readonly string[], options: ExecOptions, stdout: Writable) =>
    run(exec, { namespace, name, container }, argv, options, stdout);
  return {
    name,
    role: 'client',
    node: pod.spec?.nodeName ?? '',
    address: pod.status?.podIP ?? '',
    agent: ['node', AGENT_FILE],
    inNetwork,
    async exec(argv, options = {}) {
      const stdout = collector();
      const ended = await start(argv, options, stdout.stream);
      return accept(name, argv, options, { ...ended, stdout: stdout.text() });
    },
    async *lines(argv, options = {}) {
      const stdout = new PassThrough();
      const stop = new AbortController();
      const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
      const ended = start(argv, { ...options, signal }, stdout).finally(() => {
        stdout.end();
      });
      ended.catch(() => {});
      let finished = false;
      try {
        yield* createInterface({ input: stdout });
        finished = true;
      } finally {
        if (!finished) stop.abort();
      }
      accept(name, argv, options, { ...(await ended), stdout: '' });
    },
  };
}

/** Pods that are entered by the API server's exec endpoint, and their networks with the tools of the nodes they are on. */
export const podsByExec =
  ({ exec }: Pick<KubeClient, 'exec'>, nodes: readonly Host[]) =>
  (pod: V1Pod, container: string): Host =>
    podHost({ exec, pod, container, inNetwork: inPodNetwork(nodes, pod) });

interface Place {
  readonly namespace: string;
  readonly name: string;
  readonly container: string;
}

/** Runs a command in a container until the API server reports its status; the socket is closed when the signal fires or time runs out. */
async function run(
  exec: Exec,
  place: Place,
  argv: readonly string[],
  options: ExecOptions,
  stdout: Writable,
): Promise<Omit<ExecResult, 'stdout'>> {
  const stderr = collector(options.onStderr);
  const stdin = stdinOf(options.input);
  const what = `${argv.join(' ')} in ${place.name}`;
  let finish: (exitCode: number) => void = () => {};
  let fail: (error: Error) => void = () => {};
  const ended = new Promise<number>((resolve, reject) => {
    finish = resolve;
    fail = reject;
  });
  const onStatus = (status: V1Status): void => finish(status.status === 'Success' ? 0 : exitCodeOf(status));
  const signal = options.signal;
  const connecting = () =>
    exec.exec(place.namespace, place.name, place.container, [...argv], stdout, stderr.stream, stdin, false, onStatus);
  const bounds = { timeoutMs: Math.min(CONNECT_MS, options.timeoutMs ?? CONNECT_MS), ...(signal ? { signal } : {}) };
  let opened: ReturnType<typeof connecting> | undefined;
  const socket = await within(bounds, () => {
    opened = connecting();
    return opened;
  }).catch((error: unknown) => {
    // What opens after all is closed at once.
    opened?.then((late) => late.close()).catch(() => {});
    if (error instanceof InterruptedError) throw new InterruptedError(`stopped: ${what}`);
    if (!(error instanceof OutOfTime)) throw error;
    throw new TimeoutError(`the API server did not start within ${bounds.timeoutMs / 1_000} s: ${what}`, {
      remedy: 'check the API server and the kubelet with: kubectl exec',
    });
  });
  socket.onclose = (event: { code: number; reason: string }) =>
    fail(new CommandError(`the connection closed (${event.code} ${event.reason}) before the end of ${what}`));
  socket.onerror = (event: { message: string }) => fail(new CommandError(`${what}: ${event.message}`));
  const timer = options.timeoutMs
    ? setTimeout(() => fail(new CommandTimeoutError(`timed out after ${options.timeoutMs} ms: ${what}`)), options.timeoutMs)
    : undefined;
  const onAbort = () => fail(new InterruptedError(`stopped: ${what}`));
  options.signal?.addEventListener('abort', onAbort, { once: true });
  if (options.signal?.aborted) onAbort();
  try {
    return { exitCode: await ended, stderr: stderr.text() };
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', onAbort);
    socket.onclose = null;
    socket.onerror = () => {};
    socket.close();
  }
}

function stdinOf(input: ExecOptions['input']): Readable | null {
  if (input === undefined) return null;
  return typeof input === 'string' || input instanceof Uint8Array
    ? Readable.from([Buffer.from(input as string)])
    : Readable.from(input);
}

/** The API server reports an exit code as the cause "ExitCode" of a failed status (KEP-2438 and its predecessors). */
function exitCodeOf(status: V1Status): number {
  const cause = status.details?.causes?.find(({ reason }) => reason === 'ExitCode');
  return cause ? Number(cause.message) : -1;
}

function accept(place: string, argv: readonly string[], options: ExecOptions, result: ExecResult): ExecResult {
  if (options.accept === 'any' || (options.accept ?? [0]).includes(result.exitCode)) return result;
  throw new CommandError(
    `exit code ${result.exitCode} in ${place}: ${argv.join(' ')}\n  ${(result.stderr || result.stdout).trim().slice(-500)}`,
  );
}

function collector(onLine?: (line: string) => void): { readonly stream: Writable; text(): string } {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      if (onLine) for (const line of chunk.toString().split('\n').filter(Boolean)) onLine(line);
      done();
    },
  });
  return { stream, text: () => Buffer.concat(chunks).toString().trimEnd() };
}
