import { describe, expect, it } from 'vitest';
import { parseIptablesSave } from '../../src/probe/iptables-save.ts';
import { checkUserspace, countUserspace } from '../../src/probe/watch-userspace.ts';
import { ways } from './recorded-rules.ts';

// Written from kube-proxy 1.25 (pkg/proxy/userspace/proxier.go, iptablesContainerPortalArgs); its modules cannot be had to record it.
const save = (packets: number) =>
  [
    '*nat',
    ...['PREROUTING', 'KUBE-NODEPORT-CONTAINER', 'KUBE-NODEPORT-HOST', 'KUBE-PORTALS-CONTAINER', 'KUBE-PORTALS-HOST'].map(
      (chain) => `:${chain} - [0:0]`,
    ),
    `[${packets}:0] -A KUBE-NODEPORT-CONTAINER -p tcp -m comment --comment "default/node-port:http" -m tcp --dport 30080 -j REDIRECT --to-ports 41427`,
    `[${packets}:0] -A KUBE-PORTALS-CONTAINER -d 10.96.100.2/32 -p tcp -m comment --comment "default/node-port:http" -m tcp --dport 80 -j REDIRECT --to-ports 41427`,
    `[${packets}:0] -A KUBE-PORTALS-CONTAINER -d 10.96.100.1/32 -p tcp -m comment --comment "default/plain:http" -m tcp --dport 80 -j REDIRECT --to-ports 36001`,
    'COMMIT',
  ].join('\n');
const table = (text: string) => parseIptablesSave(text)!;

describe('portals of mode userspace', () => {
  it.each(['clusterIp', 'nodePort'] as const)('%s has its own', (name) => {
    expect(checkUserspace(table(save(0)), ways[name], 'n1')).toEqual([]);
  });

  it('cases 3: a portal that is missing, and one that is of another Service', () => {
    expect(checkUserspace(table(save(0)), ways.sticky, 'n1')).toMatchObject([
      { code: 'entry-missing', where: { kind: 'chain', name: 'KUBE-PORTALS-CONTAINER' } },
    ]);
    const taken = save(0).replace('default/plain:http', 'default/other:http');
    expect(checkUserspace(table(taken), ways.clusterIp, 'n1')).toMatchObject([
      { code: 'wrong-chain', expected: { kind: 'portal', of: 'default/plain:http' } },
    ]);
  });

  it('cases 3: the rule of the very entry counts, and no other of the Service', () => {
    const counted = countUserspace(table(save(3)), table(save(8)), ways.nodePort, { node: 'n1', sent: 5 });
    expect(counted).toMatchObject({
      entered: 5,
      problems: [],
      objects: [{ kind: 'rule', name: expect.stringMatching(/^KUBE-NODEPORT-CONTAINER/), moved: 5 }],
    });
    expect(counted).not.toHaveProperty('led');
    expect(countUserspace(table(save(8)), table(save(2)), ways.nodePort, { node: 'n1', sent: 5 }).problems).toMatchObject([
      { code: 'counters-reset' },
    ]);
  });
});
