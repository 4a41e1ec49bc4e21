import { connect } from 'node:net';
import { hostname } from 'node:os';
import { agentFile } from '../../agent/agent-file.ts';
import { exec, execLines } from '../../process/exec.ts';
import type { Host } from '../contract/host.ts';
import type { Reaches } from '../kube/platform.ts';
import type { SystemPod } from '../kube/system-pods.ts';
import type { Access } from './context.ts';
import type { UsableNode } from './nodes.ts';

const KUBELET = 10_250;
const DNS = 53;
const TIMEOUT_MS = 1_000;

/** This machine as the client outside of the cluster, and what it reaches by the routes that it has. */
export interface Outside {
  readonly host: Host;
  readonly reaches: Reaches;
}

/**
 * Looks what this machine reaches: a connection to each node's kubelet, to CoreDNS by its pods' addresses and to the API server by its
 * ClusterIP, and nothing is sent on it. No route is added: whoever made the network knows who may go where.
 */
export async function lookOutside(access: Access, nodes: readonly UsableNode[], pods: readonly SystemPod[]): Promise<Outside> {
  const dns = pods.flatMap(({ labels, hostNetwork, address }) =>
    labels['k8s-app'] === 'kube-dns' && !hostNetwork && address !== undefined ? [address] : [],
  );
  const api = { namespace: 'default', name: 'kubernetes' };
  // Where it cannot be read, nobody knows whether ClusterIPs are reached, and they count as not reached.
  const service = await access.client.core.readNamespacedService(api).catch(() => undefined);
  const [ofNodes, ofPods, ofServices] = await Promise.all([
    reachedFrom(nodes.map(({ address }) => [address, KUBELET])),
    reachedFrom(dns.map((address) => [address, DNS])),
    reachedFrom(service?.spec?.clusterIP ? [[service.spec.clusterIP, 443]] : []),
  ]);
  return {
    host: thisMachine(ofNodes ?? '127.0.0.1'),
    reaches: {
      nodes: ofNodes !== undefined,
      pods: ofNodes !== undefined && ofPods !== undefined,
      services: ofNodes !== undefined && ofServices !== undefined,
      entryOf: (address) => gatewayNode(nodes, address),
    },
  };
}

/** This machine's own address on the way to all of these; undefined where it reaches not all, or there are none. */
async function reachedFrom(ends: readonly (readonly [address: string, port: number])[]): Promise<string | undefined> {
  const own = await Promise.all(ends.map(([address, port]) => localAddress(address, port)));
  return own.includes(undefined) ? undefined : own[0];
}

function localAddress(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: TIMEOUT_MS });
    const end = (address: string | undefined) => {
      socket.destroy();
      resolve(address);
    };
    socket.once('connect', () => end(socket.localAddress));
    socket.once('timeout', () => end(undefined));
    socket.once('error', () => end(undefined));
  });
}

async function gatewayNode(nodes: readonly UsableNode[], address: string): Promise<string | undefined> {
  const { stdout } = await exec(['ip', '-json', 'route', 'get', address], { timeoutMs: 5_000 }).catch(() => ({ stdout: '[]' }));
  const [route] = JSON.parse(stdout) as { readonly gateway?: string }[];
  return nodes.find((node) => node.address === route?.gateway)?.name;
}

const thisMachine = (address: string): Host => ({
  name: hostname(),
  role: 'client',
  address,
  agent: [process.execPath, agentFile()],
  exec,
  lines: execLines,
  inNetwork: exec,
});
