import type { ConnectAnswer } from '../load/messages.ts';
import type { LoadSession } from '../load/session.ts';
import type { Problem } from '../proof/problem.ts';
import type { Echo } from '../workload/echo.ts';
import type { ClientEnd } from './conntrack.ts';

/** What became of N new connections, one request each. */
export interface Opened {
  readonly ends: readonly ClientEnd[];
  readonly echoes: readonly Echo[];
  /** One for each address, some of whose connections got no answer. */
  readonly unanswered: readonly NoAnswer[];
}

export type NoAnswer = Extract<Problem, { code: 'no-answer' }>;

const TIMEOUT_MS = 5_000;

/** Opens N new connections one after another and asks each for its echo; they stay open until `release`. */
export async function connections(session: LoadSession, url: string, count: number): Promise<Opened> {
  const answer = (await session.run({ kind: 'connect', url, count, timeoutMs: TIMEOUT_MS })) as ConnectAnswer;
  const bad = answer.connections.filter(({ status, echo }) => status !== 200 || !echo);
  const errors = bad.flatMap(({ error }) => error ?? []);
  const statuses = bad.flatMap(({ status, error }) => (error === undefined && status !== undefined ? [status] : []));
  return {
    ends: answer.connections.map(({ localAddress, localPort }) => ({ localAddress, localPort })),
    echoes: answer.connections.flatMap(({ echo }) => (echo ? [echo] : [])),
    unanswered:
      bad.length === 0
        ? []
        : [
            {
              code: 'no-answer',
              url,
              failed: bad.length,
              of: count,
              statuses: [...new Set(statuses)],
              errors: [...new Set(errors)],
            },
          ],
  };
}

/** Ends the connections of a session that are still open. */
export const release = (session: LoadSession): Promise<unknown> => session.run({ kind: 'release' });
