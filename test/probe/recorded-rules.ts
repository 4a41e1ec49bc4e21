import { readFileSync } from 'node:fs';
import type { Endpoint, ServiceRef } from '../../src/cluster/contract/deployment.ts';
import type { Host } from '../../src/cluster/contract/host.ts';
import type { Way } from '../../src/probe/way.ts';

/** What the real kube-proxy installed; see the README beside the files. */
export const recorded = (file: string): string =>
  readFileSync(new URL(`../fixtures/kube-proxy-rules/${file}`, import.meta.url), 'utf8');

/** A Service of the recorded objects.yaml. */
const service = (name: string, clusterIP: string, nodePort?: number): ServiceRef => ({
  namespace: 'default',
  name,
  portName: 'http',
  protocol: 'tcp',
  clusterIP,
  port: 80,
  ...(nodePort === undefined ? {} : { nodePort }),
});

export const plain = service('plain', '10.96.100.1');
export const nodePort = service('node-port', '10.96.100.2', 30080);
export const lbLocal = service('lb-local', '10.96.100.3', 30081);
export const sticky = service('sticky', '10.96.100.4');

/** One table of an iptables-save, as `--table` gives it. */
export const tableOf = (save: string, table: string): string =>
  new RegExp(`^\\*${table}\\n[\\s\\S]*?^COMMIT$`, 'm').exec(save)?.[0] ?? '';

/** The recordings were made without --counters; this puts them in, as `packets` says for each rule. */
export const withCounters = (save: string, packets: (rule: string) => number = () => 0): string =>
  save.replace(/^-A .*$/gm, (rule) => `[${packets(rule)}:${packets(rule) * 60}] ${rule}`);

/** /proc/net/ip_vs from `ipvsadm -Sn`, in the kernel's own format (ip_vs_info_seq_show, net/netfilter/ipvs/ip_vs_ctl.c). */
export function procIpvs(ipvsadm: string): string {
  const hex = (endpoint: string) => {
    const [address = '', port = ''] = endpoint.split(':');
    const bytes = address.split('.').map((part) => Number(part).toString(16).padStart(2, '0'));
    return `${bytes.join('')}:${Number(port).toString(16).padStart(4, '0')}`.toUpperCase();
  };
  const lines = ipvsadm.split('\n').flatMap((line) => {
    const [, kind, protocol, address = '', rest = ''] = /^-([Aa]) -([tu]) (\S+) (.*)$/.exec(line) ?? [];
    if (kind === 'A') {
      const seconds = / -p (\d+)/.exec(rest)?.[1];
      const flags = seconds ? `persistent ${Number(seconds)} FFFFFFFF` : '';
      return [`${protocol === 't' ? 'TCP' : 'UDP'}  ${hex(address)} rr ${flags}`];
    }
    const [, server] = /-r (\S+)/.exec(rest) ?? [];
    return server ? [`  -> ${hex(server)}      Masq    1      0          0         `] : [];
  });
  const head = ['IP Virtual Server version 1.2.1 (size=4096)', 'Prot LocalAddress:Port Scheduler Flags'];
  return `${[...head, '  -> RemoteAddress:Port Forward Weight ActiveConn InActConn', ...lines].join('\n')}\n`;
}

/** The node on which the rules were recorded. */
export const aNode: Host = {
  name: 'n1',
  role: 'worker',
  address: '172.18.0.9',
  exec: async () => ({ exitCode: 1, stdout: '', stderr: '' }),
  lines: async function* () {},
  inNetwork: async () => ({ exitCode: 1, stdout: '', stderr: '' }),
};

/** Endpoints of the recorded objects.yaml; the first of lb-local is on n1. */
const endpointsBehind: Readonly<Record<string, readonly Endpoint[]>> = {
  plain: [11, 12, 13].map((last) => ({ pod: `plain-${last}`, node: 'elsewhere', address: `10.244.9.${last}`, port: 8080 })),
  'node-port': [21, 22].map((last) => ({ pod: `node-port-${last}`, node: 'elsewhere', address: `10.244.9.${last}`, port: 8080 })),
  'lb-local': [
    { pod: 'here', node: 'n1', address: '10.244.9.31', port: 8080 },
    { pod: 'there', node: 'elsewhere', address: '10.244.9.32', port: 8080 },
  ],
  sticky: [41, 42].map((last) => ({ pod: `sticky-${last}`, node: 'elsewhere', address: `10.244.9.${last}`, port: 8080 })),
};

const wayTo = (ref: ServiceRef, more: Partial<Way> = {}): Way => ({
  service: ref,
  entry: 'cluster-ip',
  address: ref.clusterIP,
  port: 80,
  spreads: ['service'],
  endpoints: endpointsBehind[ref.name] ?? [],
  affinity: ref.name === 'sticky',
  ...more,
});

/** One way for each kind of entry, as recorded; every mode has its rules for it. */
export const ways = {
  clusterIp: wayTo(plain),
  nodePort: wayTo(nodePort, { entry: 'node-port', address: '172.18.0.9', port: 30080 }),
  localNodePort: wayTo(lbLocal, { entry: 'node-port', address: '172.18.0.9', port: 30081, spreads: ['local'] }),
  localBalancer: wayTo(lbLocal, { entry: 'load-balancer', address: '172.18.255.201', spreads: ['local'] }),
  sticky: wayTo(sticky),
} as const;
