import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { runConnect } from './connect.ts';
import { createHolder, type Holder } from './hold.ts';
import type { Answer, Job, Message } from './messages.ts';
import { portsInTurn } from './ports.ts';
import { runLoad } from './run-load.ts';

/** A generator that nobody asks anything for so long has been forgotten. */
const FORGOTTEN_AFTER_MS = 15 * 60_000;

/**
 * Takes jobs from `input`, one JSON object a line, does them one at a time and writes the answers to `output`. A job that fails is answered
 * with a failure. It ends when the input ends, and with it, at once, the job that is being done: whoever asked for the load is gone.
 * @throws Error when no job comes for 15 minutes.
 */
export async function serveJobs(input: Readable, output: Writable): Promise<void> {
  const gone = new AbortController();
  const holder = createHolder();
  const nextPort = portsInTurn();
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  const say = (message: Message) => output.write(`${JSON.stringify(message)}\n`);
  let forgotten = false;
  const timer = setTimeout(() => {
    forgotten = true;
    lines.close();
  }, FORGOTTEN_AFTER_MS);
  input.once('end', () => gone.abort());
  input.once('close', () => gone.abort());

  for await (const line of lines) {
    if (line.trim() === '') continue;
    timer.refresh();
    const answer = await answerTo(line, { holder, nextPort, say, signal: gone.signal });
    timer.refresh();
    say(answer);
  }
  clearTimeout(timer);
  holder.release({ id: 0, kind: 'release' });
  if (forgotten) throw new Error(`no job for ${FORGOTTEN_AFTER_MS / 60_000} minutes; this generator exits`);
}

/** What lives longer than a job. */
interface Surroundings {
  readonly holder: Holder;
  readonly nextPort: () => number;
  readonly say: (message: Message) => void;
  readonly signal: AbortSignal;
}

async function answerTo(line: string, around: Surroundings): Promise<Answer> {
  let id = -1;
  try {
    const job = JSON.parse(line) as Job;
    id = job.id;
    return await perform(job, around);
  } catch (error) {
    return { id, kind: 'failure', message: error instanceof Error ? error.message : String(error) };
  }
}

async function perform(job: Job, { holder, nextPort, say, signal }: Surroundings): Promise<Answer> {
  switch (job.kind) {
    case 'load':
      return runLoad(job, { signal, nextPort, onSlices: (slices) => say({ id: job.id, kind: 'slices', slices }) });
    case 'connect':
      return runConnect(job, signal, holder.keep);
    case 'hold':
      return holder.hold(job, signal);
    case 'release':
      return holder.release(job);
    default:
      throw new Error(`no such job: ${JSON.stringify(job)}`);
  }
}
