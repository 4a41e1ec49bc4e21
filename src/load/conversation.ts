import type { LineQueue } from '../process/line-queue.ts';
import type { Answer, Job, Message, Slice } from './messages.ts';

type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never;
/** A job as it is asked for; the conversation numbers it. */
export type JobRequest = WithoutId<Job>;

/** Jobs to a generator and its messages about them, one job at a time. */
export interface Conversation {
  ask(request: JobRequest, onSlices: (slices: readonly Slice[]) => void): Promise<Answer>;
  /** Takes a line that the generator wrote. */
  hear(line: string): void;
  /** Ends it: what is asked now or later is refused with the error. The first error counts. */
  end(error: Error): void;
  /** For messages: the last line that is no message, or nothing. */
  lastSaid(): string;
}

const SAID_SHOWN = 300;

/** Begins a conversation with a generator that reads its jobs from `input`. */
export function createConversation(input: LineQueue): Conversation {
  let lastId = 0;
  let said = '';
  let over: Error | undefined;
  let pending: { resolve(answer: Answer): void; reject(error: Error): void; slices(slices: readonly Slice[]): void } | undefined;

  return {
    ask: (request, onSlices) =>
      new Promise((resolve, reject) => {
        if (over) return reject(over);
        pending = { resolve, reject, slices: onSlices };
        input.push(JSON.stringify({ ...request, id: ++lastId }));
      }),
    hear: (line) => {
      const message = parse(line);
      if (!message || !pending || message.id !== lastId) said = line.slice(0, SAID_SHOWN);
      else if (message.kind === 'slices') pending.slices(message.slices);
      else {
        pending.resolve(message);
        pending = undefined;
      }
    },
    end: (error) => {
      over ??= error;
      pending?.reject(over);
      pending = undefined;
      input.close();
    },
    lastSaid: () => (said === '' ? '' : `; its last output: ${said}`),
  };
}

function parse(line: string): Message | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && 'id' in value && 'kind' in value ? (value as Message) : undefined;
  } catch {
    return undefined;
  }
}
