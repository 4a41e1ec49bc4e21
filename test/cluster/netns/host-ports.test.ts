import { describe, expect, it } from 'vitest';
import { clusterLayout } from '../../../src/cluster/fabric/layout.ts';
import { listenersOn } from '../../../src/cluster/kernel/listeners.ts';
import { hostPortRules, portmapChain, withoutHostPorts } from '../../../src/cluster/netns/host-port-rules.ts';
import { schedule } from '../../../src/cluster/netns/schedule.ts';

const port = { hostPort: 80, address: '10.244.1.4', port: 8080, podSubnet: '10.244.1.0/24', id: 'pod-a' };
const chain = portmapChain('kindnet', 'pod-a');

describe("portmap's rules", () => {
  it('name chains as the plugin does', () => {
    // From its own tests (portmap_iptables_test.go).
    const id =
      'icee6giejonei6sohng6ahngee7laquohquee9shiGo7fohferakah3Feiyoolu2pei7ciPhoh7shaoX6vai3vuf0ahfaeng8yohb9ceu0daez5hashee8ooYai5wa3y';
    expect(portmapChain('testNetName', id)).toBe('CNI-DN-bfd599665540dd91d5d28');
    expect(portmapChain('test', id)).toBe('CNI-DN-67e92b96e692a494b6b85');
  });

  it('lead a port of the node to the pod on it, marks before the translation', () => {
    expect(hostPortRules([port]).input.split('\n')).toEqual([
      '*nat',
      ':CNI-HOSTPORT-DNAT - [0:0]',
      ':CNI-HOSTPORT-SETMARK - [0:0]',
      ':CNI-HOSTPORT-MASQ - [0:0]',
      `:${chain} - [0:0]`,
      '-A PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT',
      '-A OUTPUT -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT',
      '-I POSTROUTING -m comment --comment "CNI portfwd requiring masquerade" -j CNI-HOSTPORT-MASQ',
      '-A CNI-HOSTPORT-SETMARK -m comment --comment "CNI portfwd masquerade mark" -j MARK --set-xmark 0x2000/0x2000',
      '-A CNI-HOSTPORT-MASQ -m mark --mark 0x2000/0x2000 -j MASQUERADE',
      `-I CNI-HOSTPORT-DNAT -p tcp -m comment --comment "dnat name: \\"kindnet\\" id: \\"pod-a\\"" -m multiport --dports 80 -j ${chain}`,
      `-A ${chain} -s 10.244.1.0/24 -p tcp -m tcp --dport 80 -j CNI-HOSTPORT-SETMARK`,
      `-A ${chain} -s 127.0.0.1/32 -p tcp -m tcp --dport 80 -j CNI-HOSTPORT-SETMARK`,
      `-A ${chain} -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.244.1.4:8080`,
      'COMMIT',
      '',
    ]);
  });

  it('hold no name that a kube-proxy mode is proven by', () => {
    expect(hostPortRules([port]).input).not.toMatch(/KUBE-/);
  });

  it('are taken back whole', () => {
    const made = [...hostPortRules([port]).input.matchAll(/^:(\S+)/gm)].map(([, name]) => name);
    const deleted = [...withoutHostPorts([port]).input.matchAll(/^-X (\S+)/gm)].map(([, name]) => name);
    expect(deleted).toEqual(made);
  });
});

describe('the scheduler', () => {
  const { nodes } = clusterLayout({ id: 'a', workers: 2 });

  it('spreads pods over workers', () => {
    expect(schedule(nodes, 3, { what: 'echo pods' }).map(({ name }) => name)).toEqual(['a-worker', 'a-worker2', 'a-worker']);
  });

  it('refuses a second pod on a hostPort in the words of Kubernetes', () => {
    expect(() => schedule(nodes, 3, { what: 'echo pods', hostPort: 8088 })).toThrow(
      "1 of 3 echo pods with hostPort 8088 would stay Pending: 0/3 nodes are available: 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, 2 node(s) didn't have free ports for the requested pod ports.",
    );
  });
});

it('finds who listens on a port', () => {
  const text = [
    'LISTEN 0      511          0.0.0.0:80         0.0.0.0:*    users:(("nginx",pid=321,fd=6),("nginx",pid=320,fd=6))',
    'LISTEN 0      128             [::]:22            [::]:*    users:(("sshd",pid=1,fd=3))',
    'LISTEN 0      4096       127.0.0.1:8081       0.0.0.0:*',
  ].join('\n');
  expect(listenersOn(text, [80, 8081])).toEqual([{ port: 80, process: '"nginx" (pid 321)' }, { port: 8081 }]);
  expect(listenersOn(text, [8088])).toEqual([]);
});
