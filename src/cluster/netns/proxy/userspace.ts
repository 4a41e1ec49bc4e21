import type { ProxyConfig } from './config.ts';
import type { RuleProgram } from './program.ts';
import { createServiceMap, type ProxiedPort, type ProxyChange, type ProxyObjects } from './service-map.ts';

/** What the process that copies must listen for. */
export interface UserspaceService {
  /** "namespace/name:port". */
  readonly name: string;
  /** "address:port" of each ready endpoint. */
  readonly endpoints: readonly string[];
  readonly affinitySeconds?: number;
}

/** The rules of mode userspace on one node; they lead to the ports at which the copying process listens, so that has to be asked first. */
export interface UserspaceProxier {
  replace(objects: ProxyObjects): void;
  apply(change: ProxyChange): void;
  /** TCP only: no lab sends anything else. */
  services(): readonly UserspaceService[];
  /** Writes every rule. @param listening the copying process' port for each of the services. */
  rules(listening: Readonly<Record<string, number>>): readonly RuleProgram[];
}

/**
 * kube-proxy's mode userspace as Kubernetes 1.25 had it last (pkg/proxy/userspace/proxier.go), listening on all addresses. It knows no
 * traffic policies. kube-proxy appends its rules one by one with `iptables -A`; here they come in one transaction.
 */
export function createUserspaceProxier(config: ProxyConfig): UserspaceProxier {
  const map = createServiceMap(config.node);
  const keys = new Set<string>();
  let linked = false;
  const ports = () => [...keys].flatMap((key) => map.portsOf(key)).filter(({ protocol }) => protocol === 'tcp');
  const keep = (changed: ReadonlySet<string>) => {
    for (const key of changed) {
      if (map.portsOf(key).length > 0) keys.add(key);
      else keys.delete(key);
    }
  };
  return {
    replace: (objects) => keep(map.replace(objects)),
    apply: (change) => keep(map.apply(change)),
    services: () =>
      ports().map(({ name, endpoints, affinitySeconds }) => ({
        name,
        endpoints: endpoints.filter(({ ready }) => ready).map(({ text }) => text),
        ...(affinitySeconds === undefined ? {} : { affinitySeconds }),
      })),
    rules(listening) {
      const made = ports().map((port) => portRules(port, listening[port.name]!, config.node.address));
      const part = (chain: keyof PortRules) => made.flatMap((one) => one[chain]);
      const link = !linked;
      linked = true;
      const input = [
        '*filter',
        chainLine('KUBE-NODEPORT-NON-LOCAL'),
        ...(link ? [filterJump] : []),
        ...part('nonLocal'),
        'COMMIT',
        '*nat',
        ...natChains.map(chainLine),
        ...(link ? natJumps : []),
        ...part('portals'),
        ...part('nodePorts'),
        'COMMIT',
        '',
      ].join('\n');
      return [{ argv: ['iptables-restore', '--noflush', '--counters'], input }];
    },
  };
}

interface PortRules {
  readonly portals: readonly string[];
  readonly nodePorts: readonly string[];
  readonly nonLocal: readonly string[];
}

/**
 * From other machines and pods REDIRECT leads to the address of the interface they came in by. What the node itself sends would be
 * redirected to loopback and answered from another address, so there it is DNAT to the node's own.
 */
function portRules(port: ProxiedPort, listening: number, nodeAddress: string): PortRules {
  const redirect = `-j REDIRECT --to-ports ${listening}`;
  const dnat = `-j DNAT --to-destination ${nodeAddress}:${listening}`;
  const match = (number: number, more = '') => `-p tcp -m comment --comment "${port.name}" -m tcp --dport ${number}${more}`;
  const portal = (address: string, more = '') => `-d ${address}/32 ${match(port.port, more)}`;
  const own = [port.clusterIp, ...port.loadBalancerIps];
  const notBridged = ' -m physdev ! --physdev-is-in';
  const local = ' -m addrtype --dst-type LOCAL';
  return {
    portals: [
      ...own.flatMap((address) => [
        `-A KUBE-PORTALS-CONTAINER ${portal(address)} ${redirect}`,
        `-A KUBE-PORTALS-HOST ${portal(address)} ${dnat}`,
      ]),
      ...port.externalIps.flatMap((address) => [
        `-A KUBE-PORTALS-CONTAINER ${portal(address, notBridged)} ${redirect}`,
        `-A KUBE-PORTALS-CONTAINER ${portal(address, local)} ${redirect}`,
        `-A KUBE-PORTALS-HOST ${portal(address, local)} ${dnat}`,
      ]),
    ],
    nodePorts: port.nodePort
      ? [
          `-A KUBE-NODEPORT-CONTAINER ${match(port.nodePort)} ${redirect}`,
          `-A KUBE-NODEPORT-HOST ${match(port.nodePort)} ${dnat}`,
        ]
      : [],
    nonLocal: port.nodePort ? [`-A KUBE-NODEPORT-NON-LOCAL ${match(listening)} -m state --state NEW -j ACCEPT`] : [],
  };
}

const chainLine = (chain: string): string => `:${chain} - [0:0]`;
const natChains = ['KUBE-PORTALS-CONTAINER', 'KUBE-PORTALS-HOST', 'KUBE-NODEPORT-CONTAINER', 'KUBE-NODEPORT-HOST'] as const;
const clusterIps = '-m comment --comment "handle ClusterIPs; NOTE: this must be before the NodePort rules"';
const nodePorts =
  '-m addrtype --dst-type LOCAL -m comment --comment "handle service NodePorts; NOTE: this must be the last rule in the chain"';
const natJumps = [
  `-I PREROUTING ${clusterIps} -j KUBE-PORTALS-CONTAINER`,
  `-I OUTPUT ${clusterIps} -j KUBE-PORTALS-HOST`,
  `-A PREROUTING ${nodePorts} -j KUBE-NODEPORT-CONTAINER`,
  `-A OUTPUT ${nodePorts} -j KUBE-NODEPORT-HOST`,
];
const filterJump = '-I INPUT -m comment --comment "Ensure that non-local NodePort traffic can flow" -j KUBE-NODEPORT-NON-LOCAL';
