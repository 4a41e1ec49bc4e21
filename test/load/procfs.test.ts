import { describe, expect, it } from 'vitest';
import { parseTimeWait, portBudget, portsInTurn } from '../../src/load/ports.ts';
import { parseRetransmits } from '../../src/load/usage.ts';

const snmp = `Ip: Forwarding DefaultTTL
Ip: 1 64
Tcp: RtoAlgorithm RtoMin RtoMax MaxConn ActiveOpens PassiveOpens AttemptFails EstabResets CurrEstab InSegs OutSegs RetransSegs InErrs OutRsts InCsumErrors
Tcp: 1 200 120000 -1 1432 310 85 244 12 98765 87654 37 0 1201 0
Udp: InDatagrams NoPorts
Udp: 5 0
`;
const sockstat = `sockets: used 187
TCP: inuse 23 orphan 0 tw 1042 alloc 30 mem 4
UDP: inuse 3 mem 0
`;

describe('what procfs tells a generator', () => {
  it('is how many segments were sent again, by name and not by column', () => {
    expect(parseRetransmits(snmp)).toBe(37);
    expect(parseRetransmits('Ip: Forwarding\nIp: 1\n')).toBeUndefined();
  });

  it('is how many sockets are in TIME_WAIT', () => {
    expect(parseTimeWait(sockstat)).toBe(1042);
    expect(parseTimeWait('')).toBe(0);
  });

  it('is how many ports a window may use: those of the range that do not wait', () => {
    const { range, timeWaitBefore, budget } = portBudget();
    expect(range).toBeGreaterThan(0);
    expect(budget).toBe(range - timeWaitBefore);
  });

  it('is which ports there are, and each has its turn before one comes again', () => {
    const { range } = portBudget();
    const next = portsInTurn();
    const round = Array.from({ length: range }, next);
    expect(new Set(round).size).toBe(range);
    expect(next()).toBe(round[0]);
  });
});
