import type { Host } from '../cluster/contract/host.ts';
import { type LoadSession, openSession } from '../load/session.ts';
import { allOf } from '../waiting/in-parallel.ts';

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
      // One that could not be opened was told to whoever asked for it.
      await allOf([...sessions.values()].map(async (opening) => (await opening.catch(() => undefined))?.[Symbol.asyncDispose]()));
    },
  };
}
