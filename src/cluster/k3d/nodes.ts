import { throwFailures } from '../../errors.ts';
import type { Host } from '../contract/host.ts';
import { containerAddress } from '../engine/client-container.ts';
import { containerHost } from '../engine/container-host.ts';
import type { Engine } from '../engine/engine.ts';
import { CONTAINER_LABEL } from '../engine/names.ts';
import type { K3dProgram } from './k3d-program.ts';

/** A node as k3d lists it. */
export interface K3dNode {
  readonly name: string;
  readonly role: Host['role'];
}

/** The nodes of a cluster that Kubernetes runs on, by name. */
export async function listNodes(k3d: K3dProgram, cluster: string): Promise<K3dNode[]> {
  const { stdout } = await k3d.run(['cluster', 'list', cluster, '--output', 'json'], { timeoutMs: 30_000 });
  return nodesOf(stdout, cluster);
}

/** Pure part: what `k3d cluster list --output json` prints. A load balancer, a registry and k3d's tools are no nodes. */
export function nodesOf(json: string, cluster: string): K3dNode[] {
  const clusters = (JSON.parse(json) ?? []) as { name: string; nodes?: { name: string; role: string }[] }[];
  const nodes = clusters.find(({ name }) => name === cluster)?.nodes ?? [];
  return nodes
    .flatMap(({ name, role }): K3dNode[] =>
      role === 'server' ? [{ name, role: 'control-plane' }] : role === 'agent' ? [{ name, role: 'worker' }] : [],
    )
    .sort((a, b) => a.name.localeCompare(b.name));
}

export const toolsName = (node: string): string => `${node}-tools`;

export interface NodesOptions {
  readonly engine: Engine;
  readonly k3d: K3dProgram;
  readonly cluster: string;
  readonly network: string;
  /** Has what a k3s node lacks: curl, ss, conntrack, nsenter. */
  readonly toolsImage: string;
  readonly signal: AbortSignal;
}

/** The nodes of a cluster as places to run commands, each with a container of tools beside it. */
export async function nodeHosts(options: NodesOptions): Promise<Host[]> {
  const { engine, k3d, cluster, network } = options;
  const nodes = await listNodes(k3d, cluster);
  const started = await Promise.allSettled(nodes.map(({ name }) => startTools(options, name)));
  throwFailures(started);
  return Promise.all(
    nodes.map(async ({ name, role }) => nodeHost(engine, name, role, await containerAddress(engine, name, network))),
  );
}

/** Joins a node's network and processes, and stays: entering it by exec costs less than starting a container for each command. */
async function startTools({ engine, cluster, toolsImage, signal }: NodesOptions, node: string): Promise<void> {
  await engine.run(['rm', '--force', '--volumes', toolsName(node)], { accept: 'any', timeoutMs: 60_000 });
  const place = ['--network', `container:${node}`, '--pid', `container:${node}`, '--privileged'];
  const run = ['run', '--detach', '--name', toolsName(node), '--label', `${CONTAINER_LABEL}=${cluster}`, ...place];
  await engine.run([...run, '--entrypoint', 'sleep', toolsImage, 'infinity'], { timeoutMs: 300_000, signal });
}

/**
 * k3s brings these itself, in /bin/aux of its image. Rules have to be read by the very build that kube-proxy writes them with: another one
 * may stand for the other backend of iptables, and an older nft does not read what a newer one wrote.
 */
const OF_K3S = /^(?:iptables|ip6tables|nft|ipset)(?:-|$)/;

/** A node of k3s: what k3s brings is run in it, all else beside it, in its network and process namespaces. */
export function nodeHost(engine: Engine, container: string, role: Host['role'], address: string): Host {
  const node = containerHost({ engine, container, role, address });
  const tools = containerHost({ engine, container: toolsName(container), role, address });
  const placeOf = ([program = '']: readonly string[]) => (OF_K3S.test(program) ? node : tools);
  const exec: Host['exec'] = (argv, options) => placeOf(argv).exec(argv, options);
  return {
    name: container,
    role,
    address,
    ownNode: true,
    exec,
    lines: (argv, options) => placeOf(argv).lines(argv, options),
    inNetwork: exec,
  };
}
