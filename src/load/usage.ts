import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import type { LoadAnswer } from './messages.ts';

export type Usage = Pick<LoadAnswer, 'generator' | 'retransmits'>;

/** Begins to count what a window uses: this process' CPU and event loop, segments sent again. The answer ends it, given the window's length. */
export function countUsage(): (durationMs: number) => Usage {
  const retransmitsBefore = retransmits();
  const cpuBefore = process.cpuUsage();
  const loopBefore = performance.eventLoopUtilization();
  return (durationMs) => {
    const loop = performance.eventLoopUtilization(loopBefore);
    const cpu = process.cpuUsage(cpuBefore);
    const retransmitsAfter = retransmits();
    return {
      generator: { cpuShare: (cpu.user + cpu.system) / 1000 / durationMs, eventLoopUtilization: loop.utilization },
      ...(retransmitsBefore === undefined || retransmitsAfter === undefined
        ? {}
        : { retransmits: retransmitsAfter - retransmitsBefore }),
    };
  };
}

/** RetransSegs of this network namespace (RFC 4022, tcpRetransSegs); SYNs count. Undefined where there is no procfs. */
function retransmits(): number | undefined {
  try {
    return parseRetransmits(readFileSync('/proc/net/snmp', 'latin1'));
  } catch {
    return undefined;
  }
}

/** Reads RetransSegs out of /proc/net/snmp, where a line of names stands before a line of values. */
export function parseRetransmits(snmp: string): number | undefined {
  const [names, values] = snmp
    .split('\n')
    .filter((line) => line.startsWith('Tcp:'))
    .map((line) => line.split(' '));
  const value = values?.[names?.indexOf('RetransSegs') ?? -1];
  return value === undefined ? undefined : Number(value);
}
