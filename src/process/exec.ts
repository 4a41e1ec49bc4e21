import { execa } from 'execa';
import { CommandError, CommandTimeoutError, InterruptedError, ProgramMissingError } from '../errors.ts';

export interface ExecOptions {
  /** Written to standard input, which is then closed. An async iterable is written as it comes. */
  readonly input?: string | Uint8Array | AsyncIterable<string>;
  /** The process is killed after so long. 0: never. Default: 15 minutes for `exec`, never for `execLines` and with `inherit`. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Standard streams are this process's own; nothing is captured. */
  readonly inherit?: boolean;
  /** In a process group of its own, so that Ctrl-C in a terminal does not reach it: for taking down what was created. */
  readonly shielded?: boolean;
  /** Told each line of standard error as it comes. */
  readonly onStderr?: (line: string) => void;
  /** Exit codes that are answers and not failures; `'any'` never throws for an exit code. Default: only 0. */
  readonly accept?: readonly number[] | 'any';
}

export interface ExecResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** No program that is waited for takes so long; one that hangs must not be waited for without end. */
const LONGEST_MS = 900_000;
const KILL_AFTER_MS = 2_000;
/** After SIGKILL a process is gone at once, unless the kernel holds it; what it started may live on and hold its standard streams. */
const GIVE_UP_AFTER_MS = 500;
const MAX_OUTPUT_BYTES = 512 * 1024 * 1024;
const COMMAND_SHOWN = 200;
const LAST_LINES = 5;

/**
 * Runs a program to its end and returns what it printed, without the last newline. Nothing else in trafficlab starts a process.
 * @throws CommandError when it cannot be started (ProgramMissingError where it is not there), is killed, runs out of time
 * (CommandTimeoutError) or ends with an exit code outside `accept`.
 * @throws InterruptedError when `signal` stopped it.
 */
export async function exec(argv: readonly string[], asked: ExecOptions = {}): Promise<ExecResult> {
  const options = asked.inherit ? asked : { timeoutMs: LONGEST_MS, ...asked };
  const child = start(argv, options);
  const { onStderr } = options;
  const reading = async () => {
    if (onStderr) for await (const line of child.iterable({ from: 'stderr' })) onStderr(line as string);
  };
  const read = reading();
  read.catch(() => {}); // thrown below, if the process ends
  const ended = await endOf(child, options).ended;
  if (!ended.abandoned) await read;
  return settle(argv, options, ended);
}

/** Runs a program and yields its standard output line by line as it comes; the end of the loop ends the program. Throws as `exec` does. */
export async function* execLines(argv: readonly string[], options: ExecOptions = {}): AsyncGenerator<string> {
  const child = start(argv, options, false);
  const { ended, expect } = endOf(child, options);
  // Read by hand: `for await` and `yield*` would wait for the end of a program that nobody has told to end.
  const lines = (child.iterable({ from: 'stdout' }) as AsyncIterable<string>)[Symbol.asyncIterator]();
  let finished = false;
  const next = () => lines.next().catch(() => ({ done: true as const, value: undefined })); // the reason is in the result, read below
  try {
    for (let line = await next(); !line.done; line = await next()) yield line.value;
    finished = true;
  } finally {
    if (!finished) {
      child.kill();
      expect();
    }
    const result = await ended;
    if (finished) settle(argv, options, result);
  }
}

/**
 * The end of a process. Once it is told to end, by its time, the signal or `expect`, it is waited for no longer than killing it takes:
 * execa goes on waiting for a grandchild that holds a standard stream, and for a process that the kernel does not let go.
 */
function endOf(child: ReturnType<typeof start>, { timeoutMs = 0, signal }: ExecOptions) {
  const timers: NodeJS.Timeout[] = [];
  const after = (ms: number, work: () => void) => void timers.push(setTimeout(work, ms));
  let abandon: (ended: Ended) => void = () => {};
  const abandoned = new Promise<Ended>((resolve) => {
    abandon = resolve;
  });
  let timedOut = false;
  const expect = () =>
    after(KILL_AFTER_MS + GIVE_UP_AFTER_MS, () => {
      child.stdout?.destroy();
      child.stderr?.destroy();
      const isCanceled = signal?.aborted ?? false;
      after(GIVE_UP_AFTER_MS, () => {
        child.unref();
        abandon({ failed: true, isCanceled, timedOut, isTerminated: true, signal: 'SIGKILL', abandoned: true });
      });
    });
  if (timeoutMs > 0)
    after(timeoutMs, () => {
      timedOut = true;
      expect();
    });
  signal?.addEventListener('abort', expect, { once: true });
  if (signal?.aborted) expect();
  const ended = Promise.race([child as Promise<Ended>, abandoned]).finally(() => {
    for (const timer of timers) clearTimeout(timer);
    signal?.removeEventListener('abort', expect);
  });
  return { ended, expect };
}

function start(argv: readonly string[], options: ExecOptions, buffer = true) {
  const [file, ...args] = argv;
  if (file === undefined) throw new TypeError('exec needs a program to run');
  const { input, timeoutMs, signal, env, cwd, inherit, shielded } = options;
  return execa(file, args, {
    reject: false,
    forceKillAfterDelay: KILL_AFTER_MS,
    maxBuffer: MAX_OUTPUT_BYTES,
    buffer: { stdout: buffer, stderr: true },
    ...(inherit ? { stdio: 'inherit' as const } : {}),
    ...(shielded ? { detached: true } : {}),
    ...(input === undefined && !inherit ? { stdin: 'ignore' as const } : {}),
    ...(typeof input === 'string' || input instanceof Uint8Array ? { input } : {}),
    ...(isIterable(input) ? { stdin: input } : {}),
    ...(timeoutMs === undefined ? {} : { timeout: timeoutMs }),
    ...(signal === undefined ? {} : { cancelSignal: signal }),
    ...(env === undefined ? {} : { env }),
    ...(cwd === undefined ? {} : { cwd }),
  });
}

const isIterable = (input: ExecOptions['input']): input is AsyncIterable<string> =>
  typeof input === 'object' && Symbol.asyncIterator in input;

interface Ended {
  readonly exitCode?: number | undefined;
  readonly stdout?: unknown;
  readonly stderr?: unknown;
  readonly failed: boolean;
  readonly isCanceled: boolean;
  readonly timedOut: boolean;
  readonly isTerminated: boolean;
  readonly signal?: string | undefined;
  readonly code?: string | undefined;
  readonly originalMessage?: string | undefined;
  /** It may still be there. */
  readonly abandoned?: true;
}

function settle(argv: readonly string[], options: ExecOptions, ended: Ended): ExecResult {
  const result = { exitCode: ended.exitCode ?? -1, stdout: text(ended.stdout), stderr: text(ended.stderr) };
  const accepted = options.accept === 'any' || (options.accept ?? [0]).includes(result.exitCode);
  if (ended.exitCode !== undefined && accepted && !ended.isCanceled && !ended.timedOut) return result;
  const command = argv.join(' ').slice(0, COMMAND_SHOWN);
  if (ended.isCanceled) throw new InterruptedError(`stopped: ${command}`);
  const lines = lastLines(result);
  const failed = (how: string) => [`${how}: ${command}${lines.map((line) => `\n  ${line}`).join('')}`, { lines }] as const;
  if (ended.timedOut) throw new CommandTimeoutError(...failed(`timed out after ${options.timeoutMs} ms`));
  // EACCES for a bare name: a folder of PATH may not be read, and none that may has it.
  if (ended.code === 'ENOENT' || (ended.code === 'EACCES' && !argv[0]?.includes('/')))
    throw new ProgramMissingError(`not found: ${argv[0]}`, { remedy: `install ${argv[0]}, or put it on PATH` });
  if (ended.isTerminated) throw new CommandError(...failed(`ended by ${ended.signal}`));
  if (ended.exitCode === undefined) throw new CommandError(`cannot start: ${command} (${ended.originalMessage ?? ended.code})`);
  throw new CommandError(...failed(`exit code ${ended.exitCode}`));
}

const text = (output: unknown): string => (typeof output === 'string' ? output : '');

function lastLines({ stdout, stderr }: ExecResult): readonly string[] {
  const lines = (stderr.trim() || stdout.trim()).split('\n').slice(-LAST_LINES);
  return lines[0] === '' ? [] : lines;
}
