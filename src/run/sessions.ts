import type { Host } from '../cluster/host.ts';
import { type LoadSession, openSession } from '../load/session.ts';

/** One generator per host, started when it is first asked for and ended with the pool. */
export interface SessionPool extends AsyncDisposable {
  readonly get: (host: Host) => Promise<LoadSession>;
}

export function sessionPool(signal: AbortSignal): SessionPool {
  const sessions = new Map<Host, Promise<LoadSession>>();
  return {
    get: (host) => {
      const known = sessions.get(host);
      if (known) return known;
      const opened = openSession(host, { signal });
      sessions.set(host, opened);
      return opened;
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.allSettled([...sessions.values()].map(async (session) => (await session)[Symbol.asyncDispose]()));
    },
  };
}
