import type { Endpoint, ServiceRef } from '../../src/cluster/contract/deployment.ts';
import type { Host } from '../../src/cluster/contract/host.ts';
import type { ProxyMode } from '../../src/cluster/contract/provider.ts';
import {
  iptablesChains,
  iptablesEndpointChain,
  nftablesChains,
  nftablesEndpoint,
} from '../../src/cluster/kernel/kube-proxy-names.ts';
import type { KernelObject } from '../../src/proof/kernel-object.ts';

/** Deletes one Service's own rules on one node by hand, as a broken kube-proxy might. */
export async function breakRules(node: Host, mode: ProxyMode, service: ServiceRef): Promise<void> {
  const address = `${service.clusterIP}:${service.port}`;
  switch (mode) {
    case 'iptables':
      await node.exec([await backend(node), '-t', 'nat', '-F', iptablesChains(service).service]);
      return;
    case 'nftables': {
      const element = `{ ${service.clusterIP} . tcp . ${service.port} : goto ${nftablesChains(service).service} }`;
      await node.exec(['nft', 'delete', 'element', 'ip', 'kube-proxy', 'service-ips', element]);
      return;
    }
    case 'ipvs':
      await node.exec(['ipvsadm', '-D', '-t', address]);
      return;
    default:
      await node.exec([await backend(node), '-t', 'nat', '-F', 'KUBE-PORTALS-CONTAINER']);
  }
}

/** Takes one endpoint away from the Local spread of a Service's NodePort on a node, by hand; answers with what no longer leads to it. */
export async function dropEndpoint(node: Host, mode: ProxyMode, service: ServiceRef, endpoint: Endpoint): Promise<KernelObject> {
  const to = `${endpoint.address}:${endpoint.port}`;
  switch (mode) {
    case 'iptables': {
      const iptables = await backend(node);
      const { local } = iptablesChains(service);
      const { stdout } = await node.exec([iptables, '-t', 'nat', '-S', local]);
      const lines = stdout.split('\n').filter((line) => line.startsWith('-A '));
      const number = 1 + lines.findIndex((line) => line.includes(iptablesEndpointChain(service, to)));
      await node.exec([iptables, '-t', 'nat', '-D', local, String(number)]);
      return { kind: 'chain', name: local };
    }
    case 'nftables': {
      const { chain } = nftablesEndpoint(service, to);
      await node.exec(['nft', 'flush', 'chain', 'ip', 'kube-proxy', chain]);
      return { kind: 'chain', name: chain };
    }
    case 'ipvs': {
      const virtual = `${node.address}:${service.nodePort}`;
      await node.exec(['ipvsadm', '-d', '-t', virtual, '-r', to]);
      return { kind: 'virtual-server', name: virtual };
    }
    default:
      throw new TypeError(`in mode ${mode} no rule leads to an endpoint`);
  }
}

/** Has what comes to a NodePort led to another address before kube-proxy's rules see it. */
export async function divert(node: Host, port: number, to: string): Promise<void> {
  const rules = `table ip evil {\n  chain pre {\n    type nat hook prerouting priority -150; policy accept;\n    tcp dport ${port} dnat to ${to}\n  }\n}\n`;
  await node.exec(['nft', '--file', '-'], { input: rules });
}

export const undivert = (node: Host): Promise<unknown> => node.exec(['nft', 'delete', 'table', 'ip', 'evil']);

/** The iptables command whose nat table holds kube-proxy's chains on this node. */
export async function backend(node: Host): Promise<string> {
  for (const command of ['iptables', 'iptables-legacy', 'iptables-nft']) {
    const { stdout } = await node.exec([command, '-t', 'nat', '-S'], { accept: 'any' });
    if (/KUBE-(SERVICES|PORTALS)/.test(stdout)) return command;
  }
  throw new Error(`no iptables command of ${node.name} shows kube-proxy's chains`);
}
