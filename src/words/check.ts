import type { Check } from '../results/check.ts';

/** What a check of a window saw, and what to do where it failed. */
export function checkWords(seen: Check['seen']): { readonly seen: string; readonly remedy: string } {
  switch (seen.code) {
    case 'errors':
      return {
        seen: counts(seen.errors, ' ') || 'no error',
        remedy: "check whether the target's pods are ready or restarted, and try again with fewer connections",
      };
    case 'time-outs':
      return {
        seen: seen.timeouts === 0 ? 'no time-out' : `${seen.timeouts} time-out${seen.timeouts === 1 ? '' : 's'}`,
        remedy: 'raise load.timeout, or find out why the target stalls',
      };
    case 'statuses':
      return {
        seen: counts(seen.other, ': ') || 'only 2xx',
        remedy: 'request the target by hand: something other than the echo server may answer',
      };
    case 'ports':
      return {
        seen: `${seen.used} of ${seen.budget} ports used (range ${seen.range}, ${seen.timeWaitBefore} in TIME_WAIT before)`,
        remedy: 'shorten load.duration, or widen net.ipv4.ip_local_port_range at the client',
      };
    case 'generator':
      return {
        seen: `generator used ${percent(seen.cpuShare)} of a core, event loop busy ${percent(seen.eventLoopUtilization)}`,
        remedy: `use fewer connections (--connections): above ${percent(seen.most)} the window measures the generator, and the rate is not ranked`,
      };
    case 'generator-starved':
      return {
        seen: `the window took ${Math.round(seen.durationMs)} ms instead of ${seen.askedMs}: the generator got no CPU`,
        remedy: 'stop other programs that use the CPU, and run the lab again',
      };
    case 'retransmits':
      return {
        seen:
          seen.retransmits === undefined
            ? 'not reported by this kernel'
            : `${seen.retransmits} segments retransmitted in ${seen.requests} requests`,
        remedy: 'check for loss on the links (ip -s link) and for a full backlog or conntrack table (nstat, conntrack -S)',
      };
    case 'values':
      return {
        seen: `${seen.requests} requests, ${seen.distinct} different latencies`,
        remedy: `lengthen load.duration until there are ${seen.fewestRequests} requests and ${seen.fewestDistinct} different latencies`,
      };
    case 'stated':
      return { seen: seen.text, remedy: seen.remedy };
  }
}

const percent = (share: number) => `${Math.round(share * 100)} %`;

const counts = (tally: Readonly<Record<string, number>>, between: string): string =>
  Object.entries(tally)
    .map(([code, times]) => `${code}${between}${times}`)
    .join(', ');
