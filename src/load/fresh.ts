import { performance } from 'node:perf_hooks';
import { createFreshConnection, type FreshConnection } from './fresh-connection.ts';
import type { Sender, SenderContext } from './sender.ts';

/** A warm-up may use this part of the ports, so that it never starves its window. */
const WARM_UP_PORTS = 1 / 4;
/** How often in a time-out it is looked for requests that ran out of time. */
const LOOKS = 10;

/** A fresh connection for each request, closed loop: where one ends the next begins. */
export function freshConnections({ job, window, requests, budget, nextPort }: SenderContext): Sender {
  /** Those for which the warm-up's share of the ports is used up: they wait for the window. */
  const waiting: FreshConnection[] = [];
  let running = job.arrival.closed.connections;
  let used = 0;
  let occupied = 0;
  let ended: () => void = () => {};

  const mayOpen = () =>
    window.phase === 'warm-up' ? used + occupied < budget * WARM_UP_PORTS : window.phase === 'window' && used + occupied < budget;

  function proceed(connection: FreshConnection): void {
    if (mayOpen()) {
      used++;
      connection.open();
    } else if (window.phase === 'warm-up') waiting.push(connection);
    else {
      window.end();
      if (--running === 0) ended();
    }
  }

  const all = Array.from({ length: running }, () =>
    createFreshConnection(requests, nextPort, {
      answered: window.answered,
      failed: window.failed,
      occupied: () => {
        used--;
        occupied++;
      },
      closed: proceed,
    }),
  );

  function giveUpBefore(time: number): void {
    for (const connection of all) connection.giveUpBefore(time);
  }

  return {
    send: async () => {
      const look = () => giveUpBefore(performance.now() - job.timeoutMs);
      const looking = setInterval(look, Math.max(1, job.timeoutMs / LOOKS));
      await new Promise<void>((resolve) => {
        ended = resolve;
        for (const connection of all) proceed(connection);
        window.warm();
      });
      clearInterval(looking);
    },
    windowBegins: () => {
      for (const connection of waiting.splice(0)) proceed(connection);
    },
    windowEnds: () => {},
    stop: () => {
      giveUpBefore(Number.POSITIVE_INFINITY);
      ended();
    },
    // Where what is occupied is what was missing, there were none left.
    used: () => (used + occupied < budget ? used : budget),
    counts: () => ({}),
  };
}
