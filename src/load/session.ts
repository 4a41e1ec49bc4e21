import { setTimeout as delay } from 'node:timers/promises';
import type { Host } from '../cluster/contract/host.ts';
import { CommandError, InterruptedError, TimeoutError, TrafficlabError, UnavailableError } from '../errors.ts';
import { createLineQueue } from '../process/line-queue.ts';
import { type Conversation, createConversation, type JobRequest } from './conversation.ts';
import type { Answer, Slice } from './messages.ts';

export type { JobRequest } from './conversation.ts';
export type AnswerTo<R extends JobRequest> = Extract<Answer, { kind: R['kind'] }>;

/** A generator at a vantage; connections that are held live as long as it does. */
export interface LoadSession extends AsyncDisposable {
  readonly host: Host;
  /**
   * Has one job done. Jobs asked for at the same time are done one after another.
   * @param onSlices gets the slices of a load job as they come.
   * @throws TimeoutError when no answer comes in the time that the job allows itself; the session is then over.
   * @throws CommandError when the generator dies; TrafficlabError when it answers that it failed; InterruptedError when the signal fires.
   */
  run<R extends JobRequest>(request: R, onSlices?: (slices: readonly Slice[]) => void): Promise<AnswerTo<R>>;
}

export interface SessionOptions {
  readonly signal?: AbortSignal;
  /** For the generator's start and for everything around a job, milliseconds. */
  readonly slackMs?: number;
}

const SLACK_MS = 15_000;
/** After its input was closed, a generator has this long to end by itself. */
const FAREWELL_MS = 3_000;

/** Starts a generator on a host and waits until it answers. */
export async function openSession(host: Host, { signal, slackMs = SLACK_MS }: SessionOptions = {}): Promise<LoadSession> {
  if (!host.agent)
    throw new UnavailableError(`a generator cannot run on ${host.name}`, {
      remedy: 'measure from a client or a pod of the cluster',
    });
  const input = createLineQueue();
  const kill = new AbortController();
  const signals = signal ? AbortSignal.any([signal, kill.signal]) : kill.signal;
  const conversation = createConversation(input);
  const ended = listen(conversation, host, host.lines([...host.agent, 'load'], { input, signal: signals }), signal);
  let turn: Promise<unknown> = Promise.resolve();

  const session: LoadSession = {
    host,
    run: async <R extends JobRequest>(request: R, onSlices: (slices: readonly Slice[]) => void = () => {}) => {
      const answering = turn.then(() =>
        within(boundMs(request) + slackMs, conversation.ask(request, onSlices), (deadlineMs) => {
          const asked = `no answer from the generator on ${host.name} to ${describe(request)}`;
          conversation.end(new TimeoutError(`${asked} within ${deadlineMs} ms${conversation.lastSaid()}`));
          kill.abort();
        }),
      );
      turn = answering.catch(() => {});
      const answer = await answering;
      if (answer.kind === 'failure')
        throw new TrafficlabError(`the generator on ${host.name} failed at ${describe(request)}: ${answer.message}`);
      return answer as AnswerTo<R>;
    },
    [Symbol.asyncDispose]: async () => {
      conversation.end(new TrafficlabError(`the session on ${host.name} is closed`));
      await Promise.race([ended, delay(FAREWELL_MS, undefined, { ref: false })]);
      kill.abort();
      await ended;
    },
  };
  await session.run({ kind: 'release' }); // nothing is held yet: this only shows that the generator is there
  return session;
}

/** Hears what a generator writes until it ends, and ends the conversation with the reason. */
async function listen(
  conversation: Conversation,
  { name }: Host,
  lines: AsyncIterable<string>,
  signal: AbortSignal | undefined,
): Promise<void> {
  try {
    for await (const line of lines) conversation.hear(line);
    conversation.end(new CommandError(`the generator on ${name} ended${conversation.lastSaid()}`));
  } catch (error) {
    conversation.end(reason(error));
  }

  function reason(error: unknown): Error {
    if (error instanceof InterruptedError)
      return signal?.aborted ? error : new TrafficlabError(`the session on ${name} is closed`);
    const message = error instanceof Error ? error.message : String(error);
    return new CommandError(`the generator on ${name} died: ${message}${conversation.lastSaid()}`, { cause: error });
  }
}

async function within<T>(deadlineMs: number, work: Promise<T>, giveUp: (deadlineMs: number) => void): Promise<T> {
  const timer = setTimeout(giveUp, deadlineMs, deadlineMs);
  try {
    return await work;
  } finally {
    clearTimeout(timer);
  }
}

/** The longest that a generator may take for a job by the job's own limits. */
function boundMs(request: JobRequest): number {
  switch (request.kind) {
    case 'load':
      return request.warmupMs + request.durationMs + 2 * request.timeoutMs;
    case 'connect':
    case 'hold':
      return request.count * request.timeoutMs;
    case 'release':
      return 0;
  }
}

function describe(request: JobRequest): string {
  if (request.kind === 'release') return `"${request.kind}"`;
  return `"${request.kind}" at ${request.kind === 'load' ? request.target.url : request.url}`;
}
