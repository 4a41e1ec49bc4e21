import { setTimeout as delay } from 'node:timers/promises';
import type { Host } from '../cluster/contract/host.ts';
import { CommandError, InterruptedError, TimeoutError, TrafficlabError, UnavailableError } from '../errors.ts';
import { createLineQueue } from '../process/line-queue.ts';
import type { Answer, Job } from './protocol.ts';

type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never;
/** A job as it is asked for; the session numbers it. */
export type JobRequest = WithoutId<Job>;
export type AnswerTo<R extends JobRequest> = Extract<Answer, { kind: R['kind'] }>;

/** A generator at a vantage; connections that are held live as long as it does. */
export interface LoadSession extends AsyncDisposable {
  readonly host: Host;
  /**
   * Has one job done. Jobs asked for at the same time are done one after another.
   * @throws TimeoutError when no answer comes in the time that the job allows itself; the session is then over.
   * @throws CommandError when the generator dies; TrafficlabError when it answers that it failed; InterruptedError when the signal fires.
   */
  run<R extends JobRequest>(request: R): Promise<AnswerTo<R>>;
}

export interface SessionOptions {
  readonly signal?: AbortSignal;
  /** For the generator's start and for everything around a job, milliseconds. */
  readonly slackMs?: number;
}

const SLACK_MS = 15_000;
/** After its input was closed, a generator has this long to end by itself. */
const FAREWELL_MS = 3_000;
const SAID_SHOWN = 300;

/** Starts a generator on a host and waits until it answers. */
export async function openSession(host: Host, { signal, slackMs = SLACK_MS }: SessionOptions = {}): Promise<LoadSession> {
  if (!host.agent)
    throw new UnavailableError(`no generator can run on ${host.name}`, {
      remedy: 'measure from a client or a pod of the cluster',
    });
  const input = createLineQueue();
  const kill = new AbortController();
  const pending = new Map<number, { resolve: (answer: Answer) => void; reject: (error: Error) => void }>();
  let lastId = 0;
  let said = '';
  let over: Error | undefined;
  let turn: Promise<unknown> = Promise.resolve();

  const signals = signal ? AbortSignal.any([signal, kill.signal]) : kill.signal;
  const ended = listen(host.lines([...host.agent, 'load'], { input, signal: signals }));

  async function listen(lines: AsyncIterable<string>): Promise<void> {
    try {
      for await (const line of lines) hear(line);
      end(new CommandError(`the generator on ${host.name} ended${lastSaid()}`));
    } catch (error) {
      end(wrapped(error));
    }
  }

  function hear(line: string): void {
    const answer = parse(line);
    const asked = answer && pending.get(answer.id);
    if (!answer || !asked) {
      said = line.slice(0, SAID_SHOWN);
      return;
    }
    pending.delete(answer.id);
    asked.resolve(answer);
  }

  function end(error: Error): void {
    over ??= error;
    for (const { reject } of pending.values()) reject(over);
    pending.clear();
    input.close();
  }

  function wrapped(error: unknown): Error {
    if (error instanceof InterruptedError)
      return signal?.aborted ? error : new TrafficlabError(`the session on ${host.name} is closed`);
    const message = error instanceof Error ? error.message : String(error);
    return new CommandError(`the generator on ${host.name} died: ${message}${lastSaid()}`, { cause: error });
  }

  const lastSaid = () => (said === '' ? '' : `; it last said: ${said}`);

  async function ask(request: JobRequest): Promise<Answer> {
    if (over) throw over;
    const id = ++lastId;
    const deadlineMs = boundMs(request) + slackMs;
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<Answer>((resolve, reject) => {
        pending.set(id, { resolve, reject });
        timer = setTimeout(() => {
          end(
            new TimeoutError(
              `no answer from the generator on ${host.name} to ${describe(request)} within ${deadlineMs} ms${lastSaid()}`,
            ),
          );
          kill.abort();
        }, deadlineMs);
        input.push(JSON.stringify({ ...request, id }));
      });
    } finally {
      clearTimeout(timer);
    }
  }

  const session: LoadSession = {
    host,
    run: async <R extends JobRequest>(request: R) => {
      const answering = turn.then(() => ask(request));
      turn = answering.catch(() => {});
      const answer = await answering;
      if (answer.kind === 'failure')
        throw new TrafficlabError(`the generator on ${host.name} could not do ${describe(request)}: ${answer.message}`);
      return answer as AnswerTo<R>;
    },
    [Symbol.asyncDispose]: async () => {
      end(new TrafficlabError(`the session on ${host.name} is closed`));
      await Promise.race([ended, delay(FAREWELL_MS, undefined, { ref: false })]);
      kill.abort();
      await ended;
    },
  };
  await session.run({ kind: 'release' }); // nothing is held yet: this only shows that the generator is there
  return session;
}

/** The longest that a generator may take for a job by the job's own limits. */
function boundMs(request: JobRequest): number {
  switch (request.kind) {
    case 'keep-alive':
    case 'new-connection':
      return request.warmupMs + request.durationMs + 2 * request.timeoutMs;
    case 'connect':
    case 'hold':
      return request.count * request.timeoutMs;
    case 'release':
      return 0;
  }
}

const describe = (request: JobRequest) => ('url' in request ? `"${request.kind}" at ${request.url}` : `"${request.kind}"`);

function parse(line: string): Answer | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && 'id' in value && 'kind' in value ? (value as Answer) : undefined;
  } catch {
    return undefined;
  }
}
