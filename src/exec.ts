import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { CommandError, InterruptedError } from './errors.ts';

export interface ExecOptions {
  /** Written to standard input, which is then closed. An async iterable is written as it comes. */
  readonly input?: string | Uint8Array | AsyncIterable<string>;
  /** The process is killed after so long; without it, it may run for ever. */
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

const KILL_AFTER_MS = 2_000;
const MAX_OUTPUT_BYTES = 512 * 1024 * 1024;
const COMMAND_SHOWN = 200;
const LAST_LINES = 5;

/**
 * Runs a program to its end and returns what it printed, without the last newline. Nothing else in trafficlab starts a process.
 * It is by hand and not execa's, which takes as long for each as many of these programs do, and a cluster is made by a hundred.
 * @throws CommandError when it cannot be started, is killed, runs out of time or ends with an exit code outside `accept`.
 * @throws InterruptedError when `signal` stopped it.
 */
export async function exec(argv: readonly string[], options: ExecOptions = {}): Promise<ExecResult> {
  const program = start(argv, options);
  const { onStderr } = options;
  const [stdout, stderr] = await Promise.all([
    collect(program, program.child?.stdout),
    onStderr ? tell(program.child?.stderr, onStderr) : collect(program, program.child?.stderr),
  ]);
  return settle(argv, options, { ...(await program.ended), stdout, stderr });
}

/** Runs a program and yields its standard output line by line as it comes; the end of the loop ends the program. Throws as `exec` does. */
export async function* execLines(argv: readonly string[], options: ExecOptions = {}): AsyncGenerator<string> {
  const program = start(argv, options);
  const stderr = collect(program, program.child?.stderr);
  let finished = false;
  try {
    if (program.child?.stdout) yield* linesOf(program.child.stdout);
    finished = true;
  } finally {
    if (!finished) program.stop();
    const ending = { ...(await program.ended), stdout: '', stderr: await stderr };
    if (finished) settle(argv, options, ending);
  }
}

/** What ends with this process, however it comes to `process.exit`. */
const alive = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of alive) child.kill();
});

interface Running {
  /** Absent where it could not be started. */
  readonly child?: ChildProcess;
  /** How it ended, when it and its streams have. */
  readonly ended: Promise<Ending>;
  /** Asks it to end, and kills it when it does not. */
  stop(): void;
}

interface Ending {
  readonly exitCode?: number;
  readonly signal?: string;
  readonly stoppedBy?: 'signal' | 'time';
  readonly error?: NodeJS.ErrnoException;
}

function start(argv: readonly string[], { signal, timeoutMs, input, inherit, shielded, env, cwd }: ExecOptions): Running {
  const [file, ...args] = argv;
  if (file === undefined) throw new TypeError('exec needs a program to run');
  if (signal?.aborted) return { ended: Promise.resolve({ stoppedBy: 'signal' }), stop: () => {} };
  const options: SpawnOptions = {
    stdio: inherit ? 'inherit' : [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    ...(shielded ? { detached: true } : {}),
    ...(env === undefined ? {} : { env: { ...process.env, ...env } }),
    ...(cwd === undefined ? {} : { cwd }),
  };
  const child = trySpawn(file, args, options);
  if (child instanceof Error) return { ended: Promise.resolve({ error: child }), stop: () => {} };
  let stoppedBy: Ending['stoppedBy'];
  let killer: NodeJS.Timeout | undefined;
  const stop = () => {
    child.kill();
    killer ??= setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS).unref();
  };
  const stopBecause = (reason: Ending['stoppedBy']) => {
    stoppedBy ??= reason;
    stop();
  };
  const onAbort = () => stopBecause('signal');
  signal?.addEventListener('abort', onAbort, { once: true });
  if (!shielded) alive.add(child);
  const timer = timeoutMs === undefined ? undefined : setTimeout(() => stopBecause('time'), timeoutMs);
  if (input !== undefined && child.stdin) void feed(child.stdin, input, child);
  const ended = new Promise<Ending>((resolve) => {
    let error: NodeJS.ErrnoException | undefined;
    child.once('error', (seen) => {
      if (child.pid === undefined) resolve({ error: seen });
      else error = seen;
    });
    child.once('close', (code, by) =>
      resolve({
        ...(code === null ? {} : { exitCode: code }),
        ...(by === null ? {} : { signal: by }),
        ...(stoppedBy === undefined ? {} : { stoppedBy }),
        ...(error === undefined ? {} : { error }),
      }),
    );
  });
  void ended.then(() => {
    clearTimeout(timer);
    clearTimeout(killer);
    signal?.removeEventListener('abort', onAbort);
    alive.delete(child);
  });
  return { child, ended, stop };
}

/** Some reasons are thrown (E2BIG), others come as an event (ENOENT). */
function trySpawn(file: string, args: readonly string[], options: SpawnOptions): ChildProcess | NodeJS.ErrnoException {
  try {
    return spawn(file, args, options);
  } catch (error) {
    return error as NodeJS.ErrnoException;
  }
}

/** Writes the input and closes it; a program that does not want it all has its reasons. */
async function feed(stdin: Writable, input: NonNullable<ExecOptions['input']>, child: ChildProcess): Promise<void> {
  stdin.on('error', () => {});
  if (typeof input === 'string' || input instanceof Uint8Array) return void stdin.end(input);
  const pieces = input[Symbol.asyncIterator]();
  // Not waited for: a generator that waits for its own next piece cannot be ended from outside.
  child.once('close', () => void pieces.return?.());
  try {
    for (let next = await pieces.next(); !next.done; next = await pieces.next())
      if (!stdin.write(next.value) && !stdin.destroyed) await Promise.race([once(stdin, 'drain'), once(stdin, 'close')]);
  } finally {
    stdin.end();
  }
}

async function collect(program: Running, stream: Readable | null | undefined): Promise<string> {
  if (!stream) return '';
  const chunks: Buffer[] = [];
  let bytes = 0;
  stream.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= MAX_OUTPUT_BYTES) chunks.push(chunk);
    else program.stop();
  });
  await program.ended;
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '');
}

async function tell(stream: Readable | null | undefined, told: (line: string) => void): Promise<string> {
  const lines: string[] = [];
  if (stream)
    for await (const line of linesOf(stream)) {
      lines.push(line);
      told(line);
    }
  return lines.join('\n');
}

async function* linesOf(stream: Readable): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of stream.setEncoding('utf8')) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop()!;
    for (const line of lines) yield line.endsWith('\r') ? line.slice(0, -1) : line;
  }
  if (rest !== '') yield rest;
}

function settle(argv: readonly string[], options: ExecOptions, ending: Ending & Omit<ExecResult, 'exitCode'>): ExecResult {
  const { exitCode, signal, stoppedBy, error, stdout, stderr } = ending;
  const result = { exitCode: exitCode ?? -1, stdout, stderr };
  const accepted = options.accept === 'any' || (options.accept ?? [0]).includes(result.exitCode);
  if (exitCode !== undefined && accepted && stoppedBy === undefined) return result;
  const command = argv.join(' ').slice(0, COMMAND_SHOWN);
  if (stoppedBy === 'signal') throw new InterruptedError(`stopped: ${command}`);
  if (stoppedBy === 'time') throw new CommandError(`no end within ${options.timeoutMs} ms: ${command}${lastWords(result)}`);
  // EACCES for a bare name: a folder of PATH may not be read, and none that may has it.
  if (error?.code === 'ENOENT' || (error?.code === 'EACCES' && !argv[0]?.includes('/')))
    throw new CommandError(`not found: ${argv[0]}`, { remedy: `install ${argv[0]}, or put it on PATH` });
  if (signal !== undefined) throw new CommandError(`ended by ${signal}: ${command}${lastWords(result)}`);
  if (exitCode === undefined) throw new CommandError(`could not be started: ${command} (${error?.message ?? error?.code})`);
  throw new CommandError(`exit code ${exitCode}: ${command}${lastWords(result)}`);
}

function lastWords({ stdout, stderr }: ExecResult): string {
  const lines = (stderr.trim() || stdout.trim()).split('\n').slice(-LAST_LINES);
  return lines[0] === '' ? '' : `\n  ${lines.join('\n  ')}`;
}
