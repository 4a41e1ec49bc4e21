import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { agentFile } from '../../src/agent/agent-file.ts';
import type { Deployment, Endpoint, ServiceRef, Target } from '../../src/cluster/contract/deployment.ts';
import { eventsBut, notPerformedYet } from '../../src/cluster/contract/event-limits.ts';
import { type EventEvidence, performEvent, servingEvidence } from '../../src/cluster/contract/events.ts';
import type { Host } from '../../src/cluster/contract/host.ts';
import type { Cluster, ClusterProvider, ClusterSpec, FamilyLimits, Limits } from '../../src/cluster/contract/provider.ts';
import { iptablesChains, iptablesEndpointChain } from '../../src/cluster/kernel/kube-proxy-names.ts';
import { exec, execLines } from '../../src/process/exec.ts';
import { startEcho } from '../../src/workload/echo-server.ts';

/** How a cluster of the fake misbehaves; nothing given: it does not. */
export interface Fault {
  /** It cannot be made. */
  readonly create?: string;
  /** Its kube-proxy says that it runs in this mode. */
  readonly saysMode?: string;
  /** Its rules stop counting after so many connections, as when somebody takes the Service out of kube-proxy's hands. */
  readonly countsOnly?: number;
  /** It offers no target for a ClusterIP. */
  readonly noClusterIp?: boolean;
  /** It cannot be taken down. */
  readonly dispose?: string;
}

export interface FakeProvider extends ClusterProvider {
  /** What was asked of it, in order. */
  readonly journal: readonly string[];
}

const fakeFamily: FamilyLimits = {
  id: 'here',
  title: 'this machine',
  members: [
    { proxyMode: 'iptables', iptablesBackend: 'legacy' },
    { proxyMode: 'iptables', iptablesBackend: 'nf_tables' },
  ],
};

export const fakeLimits: Limits = {
  proxyModes: {},
  topologies: {},
  probes: {},
  events: eventsBut(['serve-by'], notPerformedYet),
  families: [fakeFamily],
  seen: {},
};

/**
 * A provider on loopback: real agents, real echo servers, real connections. A cluster is one node, and its Service a port whose
 * forwarder dials the endpoints in turn and counts what it forwards, which is what the node's `iptables-save` then shows.
 */
export function fakeProvider(faults: Readonly<Record<string, Fault>> = {}): FakeProvider {
  const journal: string[] = [];
  return {
    name: 'fake',
    keeps: true,
    journal,
    inspect: async () => fakeLimits,
    async create(spec) {
      const fault = faults[spec.id] ?? {};
      if (fault.create) throw new Error(fault.create);
      journal.push(`create ${spec.id}`);
      return fakeCluster(spec, fault, journal);
    },
    sweep: async () => [],
  };
}

function fakeCluster(spec: ClusterSpec, fault: Fault, journal: string[]): Cluster {
  const closing: (() => PromiseLike<void>)[] = [];
  let serveBy = async (_pods: readonly string[]): Promise<readonly EventEvidence[]> => [];
  const kernel = { nat: '*nat\nCOMMIT\n' as string | (() => string) };
  const node: Host = {
    ...localHost(`${spec.id}-control-plane`, 'control-plane'),
    exec: async (argv) => ({
      exitCode: argv[0] === 'iptables-save' ? 0 : 1,
      stdout: argv[0] !== 'iptables-save' ? '' : typeof kernel.nat === 'string' ? kernel.nat : kernel.nat(),
      stderr: '',
    }),
  };
  return {
    spec,
    hosts: [node, localHost(`${spec.id}-client`, 'client')],
    facts: { provider: 'fake', kernel: 'fake', iptablesBackend: spec.iptablesBackend ?? 'nf_tables' },
    announcers: {},
    proveMode: async () => ({
      mode: spec.proxyMode,
      evidence: [{ code: 'kube-proxy-says', node: node.name, said: fault.saysMode ?? spec.proxyMode }],
      problems: fault.saysMode
        ? [{ code: 'other-mode-said', node: node.name, said: fault.saysMode, expected: spec.proxyMode }]
        : [],
      unobserved: [],
    }),
    async deploy(workload) {
      journal.push(`deploy ${spec.id}`);
      const deployment = await fakeDeployment(node, workload.replicas, fault, closing);
      kernel.nat = deployment.nat;
      serveBy = deployment.serveBy;
      return deployment;
    },
    carriers: async () => ({ samples: [], unknown: [] }),
    perform: (event) =>
      performEvent(event, {
        'serve-by': async ({ pods }) => {
          journal.push(`serve-by ${pods.join(' ')}`);
          return serveBy(pods);
        },
      }),
    collectLogs: async () => void journal.push(`logs ${spec.id}`),
    async [Symbol.asyncDispose]() {
      journal.push(`delete ${spec.id}`);
      await Promise.all(closing.map((close) => close()));
      if (fault.dispose) throw new Error(fault.dispose);
    },
  };
}

async function fakeDeployment(node: Host, replicas: number, fault: Fault, closing: (() => PromiseLike<void>)[]) {
  const client: Host = { ...localHost(`${node.name}-pod`, 'client'), node: node.name };
  const endpoints: Endpoint[] = [];
  for (let replica = 1; replica <= replicas; replica++) {
    const pod = `echo-${replica}`;
    const server = await startEcho({ port: 0, address: client.address, pod, node: node.name });
    closing.push(() => server[Symbol.asyncDispose]());
    endpoints.push({ pod, node: node.name, address: server.address, port: server.port });
  }
  let served = endpoints.map(({ pod }) => pod) as readonly string[];
  const serving = () => endpoints.filter(({ pod }) => served.includes(pod));
  const forwarder = await startForwarder(endpoints, serving, fault.countsOnly ?? Number.POSITIVE_INFINITY);
  closing.push(forwarder.close);
  const service: ServiceRef = {
    namespace: 'trafficlab',
    name: 'echo',
    portName: 'http',
    protocol: 'tcp',
    clusterIP: client.address,
    port: forwarder.port,
  };
  const target = { from: [client] as const, vantage: 'pod' as const };
  const [first] = endpoints;
  const targets: Target[] = [
    { ...target, url: `http://${first!.address}:${first!.port}/`, topology: { entry: 'pod' } },
    ...(fault.noClusterIp
      ? []
      : [
          {
            ...target,
            url: `http://${service.clusterIP}:${service.port}/`,
            topology: { entry: 'cluster-ip' as const },
            service,
            entryNode: node.name,
          },
        ]),
  ];
  const deployment: Deployment = {
    targets,
    services: [service],
    endpoints,
    clients: [client],
    controllers: [],
    facts: {},
    [Symbol.asyncDispose]: async () => {},
  };
  return {
    ...deployment,
    serving: () => serving().map(({ pod }) => pod),
    nat: () => iptablesSave(service, endpoints, forwarder.counted()),
    serveBy: async (pods: readonly string[]) => {
      served = pods;
      return servingEvidence(
        endpoints.map(({ pod }) => pod),
        pods,
      );
    },
  };
}

/** Forwards connections to the endpoints that serve, in turn. */
async function startForwarder(endpoints: readonly Endpoint[], serving: () => readonly Endpoint[], countsOnly: number) {
  const counts = endpoints.map(() => 0);
  const open = new Set<Socket>();
  let next = 0;
  const server = createServer((inbound) => {
    const able = serving();
    const index = endpoints.indexOf(able[next++ % able.length]!);
    if (next <= countsOnly) counts[index]! += 1;
    const { address, port } = endpoints[index]!;
    const outbound = connect({ host: address, port });
    for (const [one, other] of [
      [inbound, outbound],
      [outbound, inbound],
    ] as const) {
      open.add(one);
      one.setNoDelay(true);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        open.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen({ host: '127.0.0.1', port: 0 }, resolve));
  return {
    port: (server.address() as AddressInfo).port,
    counted: () => counts,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}

/** The nat table as kube-proxy makes it for one Service, with what its rules have counted. */
function iptablesSave(service: ServiceRef, endpoints: readonly Endpoint[], counts: readonly number[]): string {
  const { service: chain } = iptablesChains(service);
  const all = counts.reduce((sum, count) => sum + count, 0);
  const counted = (packets: number, rule: string) => `[${packets}:${packets * 60}] -A ${rule}`;
  const each = endpoints.map(({ address, port }, index) => {
    const own = iptablesEndpointChain(service, `${address}:${port}`);
    const left = endpoints.length - index;
    const share = left === 1 ? '' : `-m statistic --mode random --probability ${(1 / left).toFixed(11)} `;
    const packets = counts[index] ?? 0;
    return {
      own,
      jump: counted(packets, `${chain} ${share}-j ${own}`),
      dnat: counted(packets, `${own} -p tcp -m tcp -j DNAT --to-destination ${address}:${port}`),
    };
  });
  return [
    '*nat',
    ...['PREROUTING', 'KUBE-SERVICES', chain, ...each.map(({ own }) => own)].map((name) => `:${name} - [0:0]`),
    counted(all, 'PREROUTING -j KUBE-SERVICES'),
    counted(all, `KUBE-SERVICES -d ${service.clusterIP}/32 -p tcp -m tcp --dport ${service.port} -j ${chain}`),
    ...each.map(({ jump }) => jump),
    ...each.map(({ dnat }) => dnat),
    'COMMIT',
    '',
  ].join('\n');
}

/** This very machine. */
function localHost(name: string, role: Host['role']): Host {
  return {
    name,
    role,
    address: '127.0.0.1',
    agent: [process.execPath, agentFile()],
    exec,
    lines: execLines,
    inNetwork: exec,
  };
}
