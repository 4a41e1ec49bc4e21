/** What the kernel knows of one TCP connection. */
export interface SocketTimes {
  /** Microseconds; of a connection on which nothing was sent yet it is the time from SYN to SYN-ACK. Absent where there is no sample. */
  readonly rttUs?: number;
  /** Segments sent again in the connection's life, the SYN included. */
  readonly retransmits: number;
}

/**
 * Reads the output of `ss -tinH`: a line for each socket and under it, indented, its TCP_INFO, as in "rtt:0.017/0.008" (milliseconds,
 * with the deviation) and "retrans:0/1" (now, and in all). Both ends of a loopback connection are there, so the answer is by local port.
 */
export function parseSocketTimes(ss: string): Map<number, SocketTimes> {
  const times = new Map<number, SocketTimes>();
  let localPort: number | undefined;
  for (const line of ss.split('\n')) {
    if (line.trim() === '') continue;
    if (!/^\s/.test(line)) localPort = Number(/^\S+\s+\d+\s+\d+\s+\S+:(\d+)\s/.exec(line)?.[1]) || undefined;
    else if (localPort !== undefined) times.set(localPort, parseInfo(line));
  }
  return times;
}

function parseInfo(line: string): SocketTimes {
  const rttMs = / rtt:([\d.]+)\//.exec(line)?.[1];
  return {
    ...(rttMs === undefined ? {} : { rttUs: Math.round(Number(rttMs) * 1000) }),
    retransmits: Number(/ retrans:\d+\/(\d+)/.exec(line)?.[1] ?? 0),
  };
}
