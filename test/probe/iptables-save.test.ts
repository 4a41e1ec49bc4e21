import { describe, expect, it } from 'vitest';
import { canMatch, parseIptablesSave } from '../../src/probe/iptables-save.ts';
import { recorded, withCounters } from './recorded-rules.ts';

const rulesOf = (lines: readonly string[]) =>
  parseIptablesSave(['*nat', ':KUBE-SERVICES - [0:0]', ...lines.map((line) => `[7:420] ${line}`), 'COMMIT'].join('\n'))!.rules(
    'KUBE-SERVICES',
  );

describe('iptables-save', () => {
  it('is read by its parts', () => {
    const [rule] = rulesOf([
      '-A KUBE-SERVICES -d 10.96.0.1/32 -p tcp -m comment --comment "a \\"b\\" -j DNAT" -m tcp --dport 443 -j KUBE-SVC-A',
    ]);
    expect(rule).toMatchObject({
      chain: 'KUBE-SERVICES',
      packets: 7,
      protocol: 'tcp',
      destination: { value: '10.96.0.1/32', negated: false },
      ports: [[443, 443]],
      modules: ['comment', 'tcp'],
      target: 'KUBE-SVC-A',
    });
    expect(rule!.options.get('--comment')).toEqual(['a "b" -j DNAT']);
  });

  it('holds tables apart, and says where one is missing', () => {
    const save = withCounters(recorded('iptables-save.txt'));
    expect(parseIptablesSave(save, 'filter')!.rules('KUBE-FORWARD')).not.toEqual([]);
    expect(parseIptablesSave(save)!.rules('KUBE-FORWARD')).toEqual([]);
    expect(parseIptablesSave(save)!.has('KUBE-SVC-QFWJZZ2CR7EIE7VP')).toBe(true);
    expect(parseIptablesSave(save, 'raw')).toBeUndefined();
    expect(parseIptablesSave('')).toBeUndefined();
  });

  it.each([
    ['-A KUBE-SERVICES -d 10.96.0.0/16 -p tcp -m tcp --dport 80 -j X', true],
    ['-A KUBE-SERVICES -p tcp -m multiport --dports 22,79:81 -j X', true],
    ['-A KUBE-SERVICES ! -d 10.96.0.0/16 -p tcp -j X', false],
    ['-A KUBE-SERVICES ! -d 10.97.0.0/16 -j X', true],
    ['-A KUBE-SERVICES -d 10.96.0.1/32 -p udp -m udp --dport 80 -j X', false],
    ['-A KUBE-SERVICES -d 10.96.0.10/32 -p tcp -m tcp --dport 80 -j X', false],
    ['-A KUBE-SERVICES -d 10.96.0.1/32 -p tcp -m tcp --dport 8080 -j X', false],
  ])('%s can match 10.96.0.1:80: %s', (line, expected) => {
    expect(canMatch(rulesOf([line])[0]!, '10.96.0.1', 80)).toBe(expected);
  });
});
