import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { parseSocketTimes } from '../../src/probe/socket-times.ts';

const fixture = (name: string) => readFile(new URL(`../fixtures/ss/${name}.txt`, import.meta.url), 'utf8');

// Recorded with `ss -tinH dst ADDRESS`, iproute2 6.1, Linux 6.18.
describe('parseSocketTimes', () => {
  it('finds each end of a loopback connection by its own local port', async () => {
    const times = parseSocketTimes(await fixture('loopback'));
    expect(times.get(46684)).toEqual({ rttUs: 46, retransmits: 0 });
    expect(times.get(46686)).toEqual({ rttUs: 18, retransmits: 0 });
    expect(times.get(46696)).toEqual({ rttUs: 13, retransmits: 0 });
  });

  it('sees which connections had to send their SYN again', async () => {
    const times = parseSocketTimes(await fixture('syn-sent-again'));
    expect([...times.values()]).toEqual([
      { rttUs: 46, retransmits: 0 },
      { rttUs: 33, retransmits: 0 },
      { rttUs: 1000, retransmits: 1 },
      { rttUs: 1000, retransmits: 1 },
    ]);
  });

  it('takes a socket without a sample for what it is, and nothing for nothing', () => {
    const times = parseSocketTimes('SYN-SENT 0      1      [::1]:40000 [::1]:80\n\t cubic rto:1000 mss:524 retrans:1/1 lost:1\n');
    expect(times).toEqual(new Map([[40000, { retransmits: 1 }]]));
    expect(parseSocketTimes('')).toEqual(new Map());
  });
});
