import { connect, type Socket } from 'node:net';
import { resolveAndPrepare } from './address.ts';
import type { HoldAnswer, HoldJob, ReleaseAnswer, ReleaseJob } from './messages.ts';
import { count } from './tally.ts';

/** So many time-outs one after another, and the rest would time out too. */
const HOPELESS = 3;
const TIMED_OUT = 'ETIMEDOUT';

export interface Holder {
  /** Opens connections one by one, sends nothing and keeps them; `localPorts` is in the order in which they were opened. */
  hold(job: HoldJob, signal: AbortSignal): Promise<HoldAnswer>;
  /** Takes over a connection that another job opened. */
  keep(socket: Socket): void;
  /** Resets all that is held. */
  release(job: ReleaseJob): ReleaseAnswer;
}

/** Connections that outlive the job that opened them, so that the kernel can be asked about them. */
export function createHolder(): Holder {
  const held = new Set<Socket>();
  const keep = (socket: Socket): void => {
    held.add(socket);
    // A held connection that the other side ends must not end this process.
    socket.on('error', () => {});
    socket.on('close', () => held.delete(socket));
  };
  return {
    keep,
    hold: async (job, signal) => {
      const { host, port } = await resolveAndPrepare(job.url);
      const localPorts: number[] = [];
      const errors: Record<string, number> = {};
      let timeoutsInARow = 0;
      for (let opened = 0; opened < job.count && timeoutsInARow < HOPELESS && !signal.aborted; opened++) {
        const socket = await openOne(host, port, job.timeoutMs).catch((error: NodeJS.ErrnoException) => error);
        if (socket instanceof Error) {
          const code = socket.code ?? socket.message;
          count(errors, code);
          timeoutsInARow = code === TIMED_OUT ? timeoutsInARow + 1 : 0;
          continue;
        }
        timeoutsInARow = 0;
        keep(socket);
        localPorts.push(socket.localPort ?? 0);
      }
      return { id: job.id, kind: job.kind, localPorts, errors };
    },
    release: ({ id, kind }) => {
      for (const socket of held) socket.resetAndDestroy();
      held.clear();
      return { id, kind };
    },
  };
}

function openOne(host: string, port: number, timeoutMs: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    const timer = setTimeout(() => {
      socket.destroy();
      reject(Object.assign(new Error('timed out'), { code: TIMED_OUT }));
    }, timeoutMs);
    socket.once('connect', () => {
      clearTimeout(timer);
      resolve(socket);
    });
    // Stays for the socket's life: a held connection that the other side ends must not end this process.
    socket.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
  });
}
