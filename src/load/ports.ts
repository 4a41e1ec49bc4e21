import { readFileSync } from 'node:fs';

/** Linux' default, for where procfs does not tell: net.ipv4.ip_local_port_range, ip-sysctl.rst. */
const DEFAULT_RANGE = '32768 60999';

/** The ephemeral ports of this network namespace: how many there are, and how many a window may use. */
export interface PortBudget {
  readonly range: number;
  readonly timeWaitBefore: number;
  readonly budget: number;
}

/**
 * Counts the ports a window may use: those of the range that are not in TIME_WAIT. Within a window no port is used twice on purpose,
 * because a tuple that conntrack or IPVS still remembers is treated unlike a new one (kubernetes/kubernetes#81775).
 */
export function portBudget(): PortBudget {
  const { low, high } = localRange();
  const range = high - low + 1;
  const timeWaitBefore = timeWaitSockets();
  return { range, timeWaitBefore, budget: Math.max(0, range - timeWaitBefore) };
}

/**
 * The ports of the range one after another, from a random one on, and after the last the first. The kernel would draw them anew for each
 * destination: then a connection straight to a pod may have the port of one that IPVS sent to that pod in the window before, IPVS takes
 * the answer for its own (it remembers for 10 s after a reset), and the client waits for one that never comes.
 */
export function portsInTurn(): () => number {
  const { low, high } = localRange();
  let next = low + Math.floor(Math.random() * (high - low + 1));
  return () => {
    const port = next;
    next = port >= high ? low : port + 1;
    return port;
  };
}

function localRange(): { readonly low: number; readonly high: number } {
  const [low = 0, high = 0] = read('/proc/sys/net/ipv4/ip_local_port_range', DEFAULT_RANGE).trim().split(/\s+/).map(Number);
  return { low, high };
}

/** Sockets of this network namespace in TIME_WAIT now; 0 where procfs does not tell. */
export const timeWaitSockets = (): number => parseTimeWait(read('/proc/net/sockstat', ''));

/** Reads `tw` out of /proc/net/sockstat, as in "TCP: inuse 5 orphan 0 tw 12 alloc 7 mem 1". */
export const parseTimeWait = (sockstat: string): number => Number(/^TCP:.* tw (\d+)/m.exec(sockstat)?.[1] ?? 0);

function read(path: string, otherwise: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return otherwise;
  }
}
