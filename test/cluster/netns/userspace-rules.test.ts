import { describe, expect, it } from 'vitest';
import { serviceRef } from '../../../src/cluster/kube/manifests/service.ts';
import { kubernetesObjects, servedObjects } from '../../../src/cluster/netns/objects.ts';
import { createUserspaceProxier } from '../../../src/cluster/netns/proxy/userspace.ts';
import { parseIptablesSave } from '../../../src/probe/iptables-save.ts';
import { checkUserspace } from '../../../src/probe/watch-userspace.ts';
import { waysAt } from '../../../src/probe/way.ts';
import { aNode } from '../../probe/recorded-rules.ts';

const config = { node: { name: 'n1', address: '172.18.0.9' } };
const pods = [
  { pod: 'echo-1', node: 'n1', address: '10.244.1.2', ready: true },
  { pod: 'echo-2', node: 'n2', address: '10.244.2.2', ready: false },
];
const workload = servedObjects(
  { app: 'echo', port: 8080, pods, entries: [{ entry: 'cluster-ip', sessionAffinity: 'client-ip' }] },
  { firstIndex: 0, addresses: new Map() },
);

describe('the rules of mode userspace', () => {
  const proxier = createUserspaceProxier(config);
  proxier.replace(kubernetesObjects('172.18.0.2'));
  const [first] = proxier.rules({ 'default/kubernetes:https': 40001 });
  proxier.apply({ upserted: workload });
  const [second] = proxier.rules({ 'default/kubernetes:https': 40001, 'trafficlab/echo-affinity:http': 40002 });

  it('turn pods and other machines by REDIRECT, and the node itself by DNAT to its own address', () => {
    expect(second!.input.split('\n').filter((line) => line.includes('trafficlab/echo'))).toEqual([
      '-A KUBE-NODEPORT-NON-LOCAL -p tcp -m comment --comment "trafficlab/echo-affinity:http" -m tcp --dport 40002 -m state --state NEW -j ACCEPT',
      '-A KUBE-PORTALS-CONTAINER -d 10.96.0.100/32 -p tcp -m comment --comment "trafficlab/echo-affinity:http" -m tcp --dport 80 -j REDIRECT --to-ports 40002',
      '-A KUBE-PORTALS-HOST -d 10.96.0.100/32 -p tcp -m comment --comment "trafficlab/echo-affinity:http" -m tcp --dport 80 -j DNAT --to-destination 172.18.0.9:40002',
      '-A KUBE-NODEPORT-CONTAINER -p tcp -m comment --comment "trafficlab/echo-affinity:http" -m tcp --dport 30100 -j REDIRECT --to-ports 40002',
      '-A KUBE-NODEPORT-HOST -p tcp -m comment --comment "trafficlab/echo-affinity:http" -m tcp --dport 30100 -j DNAT --to-destination 172.18.0.9:40002',
    ]);
  });

  it('are linked to the hooks once, ClusterIPs before NodePorts', () => {
    const links = (text: string) => text.split('\n').filter((line) => /^-[AI] (PREROUTING|OUTPUT|INPUT) /.test(line));
    expect(links(first!.input)).toHaveLength(5);
    expect(links(second!.input)).toEqual([]);
  });

  it('tell the copying process only of endpoints that are ready', () => {
    expect(proxier.services()).toContainEqual({
      name: 'trafficlab/echo-affinity:http',
      endpoints: ['10.244.1.2:8080'],
      affinitySeconds: 10_800,
    });
  });

  it('are what the proof looks for', () => {
    const table = parseIptablesSave(second!.input.replaceAll(/^-A/gm, '[0:0] -A'))!;
    const { inside, port } = waysAt(aNode, serviceRef(workload.services[0]!), []);
    expect([inside, port!].flatMap((way) => checkUserspace(table, way, 'n1'))).toEqual([]);
  });

  it('go with their Service', () => {
    proxier.apply({ deleted: workload });
    expect(proxier.rules({ 'default/kubernetes:https': 40001 })[0]!.input).not.toContain('trafficlab/echo');
  });
});
