import { describe, expect, it } from 'vitest';
import { hostPortRules } from '../../src/cluster/netns/host-port-rules.ts';
import { parseIptablesSave } from '../../src/probe/iptables-save.ts';
import { checkHostPort, countHostPort } from '../../src/probe/watch-host-port.ts';

const { input } = hostPortRules([{ hostPort: 8088, address: '10.244.1.2', port: 8080, podSubnet: '10.244.1.0/24', id: 'one' }]);
const chain = /CNI-DN-\w+/.exec(input)![0];
/** As iptables-save has it once the rules are in. */
const save = (packets: (rule: string) => number = () => 0) =>
  `${input
    .replace('*nat', '*nat\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]')
    .replaceAll(/^-I/gm, '-A')
    .replaceAll(/^-A.*$/gm, (rule) => `[${packets(rule)}:0] ${rule}`)}`;
const table = (text: string) => parseIptablesSave(text)!;
const way = { address: '172.18.0.9', port: 8088, pods: [{ pod: 'echo-1', node: 'n1', address: '10.244.1.2', port: 8080 }] };

describe('the rules of a hostPort', () => {
  it('cases 3: the CNI-DN chain that took connections is named with the pod', () => {
    const after = save((rule) => (/PREROUTING|--dports|DNAT --to/.test(rule) ? 4 : 0));
    expect(checkHostPort(table(after), way, 'n1')).toEqual([]);
    expect(countHostPort(table(save()), table(after), way, { node: 'n1', sent: 4 })).toMatchObject({
      entered: 4,
      led: new Map([['10.244.1.2:8080', 4]]),
      problems: [],
      objects: [
        { kind: 'rule', name: expect.stringMatching(/^CNI-HOSTPORT-DNAT/), moved: 4 },
        { kind: 'chain', name: chain, moved: 4 },
      ],
    });
  });

  it('cases 3: a rule that was deleted, and one that leads elsewhere', () => {
    expect(checkHostPort(table(save().replace(/^.*--dports 8088.*\n/m, '')), way, 'n1')).toMatchObject([
      { code: 'entry-missing', where: { kind: 'chain', name: 'CNI-HOSTPORT-DNAT' } },
    ]);
    expect(checkHostPort(table(save().replace(/^.*DNAT --to-destination.*\n/m, '')), way, 'n1')).toMatchObject([
      { code: 'endpoint-without-rule', object: { kind: 'chain', name: chain } },
    ]);
    expect(checkHostPort(table(save().replace('10.244.1.2:8080', '10.9.9.9:80')), way, 'n1')).toMatchObject([
      { code: 'stranger-endpoint', address: '10.9.9.9:80' },
    ]);
  });
});
