import { createConnection } from 'node:net';

/** What a client saw on one connection. */
export interface Seen {
  /** Statuses in the order in which they came, informational ones too. */
  readonly statuses: readonly number[];
  /** All bytes, each a character. */
  readonly text: string;
  readonly ended: boolean;
}

/** Bytes to send, each a character; what comes after the first waits until the text before it has come. */
export type Script = readonly [first: string, ...then: (readonly [after: string, send: string])[]];

/** After so long without a byte nothing more is expected on a connection that is still open. */
const IDLE_MS = 2_500;

/** Sends bytes as they are over a connection of its own, and reads until that ends or nothing more comes. */
export function sendRaw(address: string, port: number, [first, ...then]: Script): Promise<Seen> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host: address, port, allowHalfOpen: true });
    let text = '';
    let begun = false;
    const steps = [...then];
    const done = (ended: boolean) => {
      clearTimeout(idle);
      socket.destroy();
      resolve({ statuses: statusesIn(text), text, ended });
    };
    let idle = setTimeout(() => done(false), IDLE_MS);
    socket.on('connect', () => {
      begun = true;
      socket.write(first, 'latin1');
    });
    socket.on('data', (bytes: Buffer) => {
      clearTimeout(idle);
      idle = setTimeout(() => done(false), IDLE_MS);
      text += bytes.toString('latin1');
      while (steps[0] && text.includes(steps[0][0])) socket.write(steps.shift()![1], 'latin1');
    });
    socket.on('end', () => done(true));
    socket.on('error', (error) => (begun ? done(true) : reject(error)));
  });
}

const statusesIn = (text: string): number[] => [...text.matchAll(/HTTP\/1\.[01] (\d{3})/g)].map(([, status]) => Number(status));
