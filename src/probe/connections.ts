import type { ConnectAnswer } from '../load/protocol.ts';
import type { LoadSession } from '../load/session.ts';
import type { Echo } from '../workload/echo.ts';
import type { ClientEnd } from './conntrack.ts';

/** What became of N new connections, one request each. */
export interface Opened {
  readonly ends: readonly ClientEnd[];
  readonly echoes: readonly Echo[];
  readonly failures: readonly string[];
}

const TIMEOUT_MS = 5_000;

/** Opens N new connections one after another and asks each for its echo; they stay open until `release`. */
export async function connections(session: LoadSession, url: string, count: number): Promise<Opened> {
  const answer = (await session.run({ kind: 'connect', url, count, timeoutMs: TIMEOUT_MS })) as ConnectAnswer;
  const bad = answer.connections.filter(({ status, echo }) => status !== 200 || !echo);
  return {
    ends: answer.connections.map(({ localAddress, localPort }) => ({ localAddress, localPort })),
    echoes: answer.connections.flatMap(({ echo }) => (echo ? [echo] : [])),
    failures: bad.length
      ? [
          `${bad.length} of ${count} new connections to ${url} got no answer (${[...new Set(bad.map(({ status, error }) => error ?? `status ${status}`))].join(', ')})`,
        ]
      : [],
  };
}

/** Ends the connections of a session that are still open. */
export const release = (session: LoadSession): Promise<unknown> => session.run({ kind: 'release' });
