import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { release } from 'node:os';
import { agentFile } from '../../src/agent/agent-file.ts';
import type { Deployment, Endpoint, ServiceRef, Target } from '../../src/cluster/contract/deployment.ts';
import { eventsBut, notPerformedYet } from '../../src/cluster/contract/event-limits.ts';
import { type EventEvidence, performEvent, servingEvidence } from '../../src/cluster/contract/events.ts';
import type { Host } from '../../src/cluster/contract/host.ts';
import type { Cluster, ClusterProvider, ClusterSpec, FamilyLimits, Limits } from '../../src/cluster/contract/provider.ts';
import { exposureOf, type Topology, topologyName } from '../../src/cluster/contract/topology.ts';
import { exec, execLines } from '../../src/process/exec.ts';
import { startEcho } from '../../src/workload/echo-server.ts';
import { type CountedService, natTable } from './nat-table.ts';

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
  series: {},
  events: eventsBut({ 'serve-by': true }, notPerformedYet),
  families: [fakeFamily],
  seen: {},
};

/**
 * A provider on loopback: real agents, real echo servers, real connections. A cluster is one node, and each way in to a Service a port
 * whose forwarder dials the endpoints in turn and counts what it forwards, which is what the node's `iptables-save` then shows.
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
  const kernel = { nat: natTable([], () => []) };
  let serveBy = async (_pods: readonly string[]): Promise<readonly EventEvidence[]> => [];
  const node: Host = {
    ...localHost(`${spec.id}-control-plane`, 'control-plane'),
    exec: (argv, options) => (argv[0] === process.execPath ? exec(argv, options) : Promise.resolve(kernel.nat(argv))),
  };
  return {
    spec,
    hosts: [node, localHost(`${spec.id}-client`, 'client')],
    facts: { provider: 'fake', kernel: release(), iptablesBackend: spec.iptablesBackend ?? 'nf_tables' },
    announcers: {},
    proveMode: async () => ({
      mode: spec.proxyMode,
      evidence: [{ code: 'kube-proxy-says', node: node.name, said: fault.saysMode ?? spec.proxyMode }],
      problems: fault.saysMode
        ? [{ code: 'other-mode-said', node: node.name, said: fault.saysMode, expected: spec.proxyMode }]
        : [],
      unobserved: [],
    }),
    async deploy(workload, ways) {
      journal.push(`deploy ${spec.id}`);
      const deployment = await fakeDeployment(node, { replicas: workload.replicas, ways }, fault, closing);
      kernel.nat = deployment.nat;
      serveBy = deployment.serveBy;
      return deployment;
    },
    carriers: async () => ({ samples: [], unknown: [] }),
    perform: (event) =>
      performEvent(
        event,
        {
          'serve-by': async ({ pods }) => {
            journal.push(`serve-by ${pods.join(' ')}`);
            return serveBy(pods);
          },
        },
        undefined,
      ),
    collectLogs: async () => void journal.push(`logs ${spec.id}`),
    async [Symbol.asyncDispose]() {
      journal.push(`delete ${spec.id}`);
      await Promise.all(closing.map((close) => close()));
      if (fault.dispose) throw new Error(fault.dispose);
    },
  };
}

/** What a way in leads to, and what its forwarders count. */
interface Served {
  readonly targets: readonly Target[];
  readonly counted: readonly (() => CountedService)[];
}

interface Asked {
  readonly replicas: number;
  readonly ways: readonly Topology[];
}

async function fakeDeployment(node: Host, { replicas, ways }: Asked, fault: Fault, closing: (() => PromiseLike<void>)[]) {
  const client: Host = { ...localHost(`${node.name}-pod`, 'client'), node: node.name };
  const outside = localHost(`${node.name}-outside`, 'client');
  const endpoints: Endpoint[] = [];
  for (let replica = 1; replica <= replicas; replica++) {
    const pod = `echo-${replica}`;
    const server = await startEcho({ port: 0, address: client.address, pod, node: node.name });
    closing.push(() => server[Symbol.asyncDispose]());
    endpoints.push({ pod, node: node.name, address: server.address, port: server.port });
  }
  const names = endpoints.map(({ pod }) => pod);
  let serving: readonly string[] = names;
  const forward = async (sticky: boolean) => {
    const forwarder = await startForwarder(endpoints, {
      serves: ({ pod }) => serving.includes(pod),
      countsOnly: fault.countsOnly ?? Number.POSITIVE_INFINITY,
      sticky,
    });
    closing.push(forwarder.close);
    return forwarder;
  };
  const [first] = endpoints;
  const served = await Promise.all(
    ways.map(async (topology): Promise<Served> => {
      const from = { from: [client] as const, vantage: 'pod' as const };
      if (topology.entry === 'pod')
        return { targets: [{ ...from, url: `http://${first!.address}:${first!.port}/`, topology }], counted: [] };
      if (topology.entry === 'cluster-ip' && fault.noClusterIp) return { targets: [], counted: [] };
      const affinity = 'sessionAffinity' in topology && topology.sessionAffinity !== undefined;
      const exposure = exposureOf(topology);
      const inside = await forward(affinity);
      const port = exposure ? await forward(affinity) : undefined;
      const service: ServiceRef = {
        namespace: 'trafficlab',
        name: topology.entry === 'cluster-ip' && !affinity ? 'echo' : `echo-${topologyName(topology)}`,
        portName: 'http',
        protocol: 'tcp',
        clusterIP: client.address,
        port: inside.port,
        ...(port ? { nodePort: port.port } : {}),
        ...(affinity ? { sessionAffinity: 'client-ip' as const } : {}),
        ...(topology.entry === 'cluster-ip' && topology.internalTrafficPolicy ? { internalTrafficPolicy: 'local' as const } : {}),
        ...(exposure?.entry === 'node-port' && exposure.trafficPolicy === 'local'
          ? { externalTrafficPolicy: 'local' as const }
          : {}),
      };
      const at = { url: `http://${client.address}:${(port ?? inside).port}/`, topology, service, entryNode: node.name };
      return {
        targets: [{ ...from, ...at }, ...(exposure ? [{ from: [outside] as const, vantage: 'outside' as const, ...at }] : [])],
        counted: [() => ({ service, inside: inside.counted(), outside: port?.counted() ?? [] })],
      };
    }),
  );
  const counted = served.flatMap((one) => one.counted);
  const targets = served.flatMap((one) => one.targets);
  const deployment: Deployment = {
    targets,
    services: counted.map((read) => read().service),
    endpoints,
    clients: [client],
    controllers: [],
    facts: {},
    serving: () => serving,
    [Symbol.asyncDispose]: async () => {},
  };
  const nat = natTable(endpoints, () => counted.map((read) => read()));
  return {
    ...deployment,
    nat,
    serveBy: async (pods: readonly string[]) => {
      serving = names.filter((pod) => pods.includes(pod));
      return servingEvidence(names, serving);
    },
  };
}

/** Forwards connections to the endpoints that serve in turn, or all to the first of them. */
async function startForwarder(
  endpoints: readonly Endpoint[],
  {
    serves,
    countsOnly,
    sticky,
  }: { readonly serves: (endpoint: Endpoint) => boolean; readonly countsOnly: number; readonly sticky: boolean },
) {
  const counts = endpoints.map(() => 0);
  const open = new Set<Socket>();
  let next = 0;
  const server = createServer((inbound) => {
    const able = endpoints.filter(serves);
    const index = endpoints.indexOf(able[sticky ? 0 : next % able.length]!);
    next += 1;
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

/** This very machine. */
function localHost(name: string, role: Host['role']): Host {
  return {
    name,
    role,
    address: '127.0.0.1',
    agent: [process.execPath, agentFile()],
    exec,
    lines: execLines,
    inNetwork: (argv, options) =>
      argv[0] === 'ip'
        ? Promise.resolve({ exitCode: 0, stdout: '1: lo    inet 127.0.0.1/8\n', stderr: '' })
        : exec(argv, options),
  };
}
