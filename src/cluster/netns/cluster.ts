import { writeInto } from '../../files/write-file.ts';
import { performEvent } from '../contract/events.ts';
import type { Host } from '../contract/host.ts';
import type { Cluster, ClusterSpec } from '../contract/provider.ts';
import { clusterLayout, type NodeMember, podAddresses } from '../fabric/layout.ts';
import { namespaceHost } from '../fabric/namespace-host.ts';
import { createSegment } from '../fabric/segment.ts';
import { undoSteps } from '../fabric/undo.ts';
import { type CarrierProcess, snapshotOf } from './carriers.ts';
import { cpuTimeNs } from './cpu-time.ts';
import { defaultBackend } from './default-backend.ts';
import { type Deployed, deploy } from './deploy.ts';
import { readFacts } from './facts.ts';
import { iptablesFolder } from './iptables-programs.ts';
import { kubernetesObjects } from './objects.ts';
import { performers } from './perform.ts';
import { proveMode } from './prove-mode.ts';
import { createRules, ruleSysctls } from './rules.ts';

/**
 * Makes a cluster of namespaces with the rules of a mode on every node.
 * @throws UnavailableError outside of a sandbox.
 */
export async function createCluster(spec: ClusterSpec): Promise<Cluster> {
  const layout = clusterLayout(spec);
  const backend = spec.iptablesBackend ?? (await defaultBackend());
  await using undo = undoSteps();
  const segment = await createSegment(layout, { link: spec.link, sysctls: await ruleSysctls(spec.proxyMode, layout.nodes[0]!) });
  undo.add(() => segment[Symbol.asyncDispose]());
  const folder = await iptablesFolder(backend);
  const nodes = layout.nodes.map(({ name, role, address }, index): NodeMember => {
    // Each node has a lock of its own: rules of different namespaces need not wait for one another.
    const env = { PATH: `${folder}:${process.env.PATH}`, XTABLES_LOCKFILE: `/run/xtables-${name}.lock` };
    return { layout: layout.nodes[index]!, host: namespaceHost({ name, role, address, namespace: name, env }) };
  });
  const outside = namespaceHost({ ...layout.outside, namespace: layout.outside.name, role: 'client' });
  const rules = await createRules(nodes, spec.proxyMode, backend);
  undo.add(() => rules[Symbol.asyncDispose]());
  await rules.replace(kubernetesObjects(layout.nodes[0]!.address));
  const addresses = podAddresses(layout);
  const hosts = nodes.map(({ host }) => host);
  const facts = await readFacts(spec, hosts, backend);
  const proxies = new Set<CarrierProcess>();
  const deployments = undoSteps();
  undo.add(() => deployments[Symbol.asyncDispose]());
  let deployed: Deployed | undefined;
  const carriers = (): CarrierProcess[] => {
    const copying = [...rules.processes].map(([node, { pid }]) => ({
      component: 'userspace-proxy',
      node,
      pid: async () => pid,
      cpuNs: () => cpuTimeNs(pid),
    }));
    return [...copying, ...proxies];
  };
  return {
    spec,
    hosts: [...hosts, outside],
    facts,
    announcers: { l2: "trafficlab's announcer (ARP of the kernel)", bgp: 'BIRD on each worker (BGP)' },
    proveMode: () => proveMode(hosts, spec.proxyMode, rules.processes),
    async deploy(workload, topologies, context) {
      const ground = { spec, layout, nodes, outside, rules, addresses, carriers: proxies, undo: deployments };
      deployed = await deploy(ground, workload, topologies, context);
      return deployed;
    },
    perform: (event) => performEvent(event, performers, { deployed, carriers: carriers() }),
    carriers: () => snapshotOf(carriers()),
    collectLogs: (directory) => collectLogs(hosts, directory),
    [Symbol.asyncDispose]: undo.keep(),
  };
}

const LOOKS: Readonly<Record<string, readonly string[]>> = {
  'iptables-save.txt': ['iptables-save', '--counters'],
  'nftables.txt': ['nft', 'list', 'ruleset'],
  'ipvs.txt': ['cat', '/proc/net/ip_vs'],
  'ipset.txt': ['ipset', 'save'],
  'addresses.txt': ['ip', 'address'],
  'routes.txt': ['ip', 'route', 'show', 'table', 'all'],
  'sockets.txt': ['ss', '-tan'],
};

/** There are no logs of daemons here; what the kernel holds on each node is what tells. */
async function collectLogs(nodes: readonly Host[], directory: string): Promise<void> {
  for (const node of nodes) {
    for (const [file, argv] of Object.entries(LOOKS)) {
      const { stdout, stderr } = await node.exec(argv, { accept: 'any' });
      await writeInto(directory, `${node.name}/${file}`, `${stdout}\n${stderr}`);
    }
  }
}
