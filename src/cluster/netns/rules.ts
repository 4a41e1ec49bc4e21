import { inParallel } from '../fabric/in-parallel.ts';
import { type NodeLayout, POD_CIDR, SERVICE_CIDR } from '../fabric/layout.ts';
import type { Host, ProxyMode } from '../provider.ts';
import type { ProxyConfig } from './proxy/config.ts';
import type { RuleProgram } from './proxy/program.ts';
import { createProxier, proxySysctls } from './proxy/proxier.ts';
import type { ProxyChange, ProxyObjects } from './proxy/service-map.ts';
import { createUserspaceProxier } from './proxy/userspace.ts';
import { startUserspaceProcess, type UserspaceProcess } from './userspace-process.ts';

export interface NodeMember {
  readonly layout: NodeLayout;
  readonly host: Host;
}

/** The rules of every node, kept as kube-proxy keeps them. */
export interface Rules extends AsyncDisposable {
  /** Writes all rules for these objects on every node. */
  replace(objects: ProxyObjects): Promise<void>;
  /** Writes what a change touches on every node. */
  apply(change: ProxyChange): Promise<void>;
  /** The copying process of each node; empty but in mode userspace. */
  readonly processes: ReadonlyMap<string, UserspaceProcess>;
}

interface NodeRules extends AsyncDisposable {
  replace(objects: ProxyObjects): Promise<void>;
  apply(change: ProxyChange): Promise<void>;
  readonly process?: UserspaceProcess;
}

/** Sets up a mode on every node, without any rule yet. */
export async function createRules(nodes: readonly NodeMember[], mode: ProxyMode): Promise<Rules> {
  const made = await inParallel(nodes, (node) => nodeRules(node, mode));
  const processes = nodes.flatMap(({ host }, index) => {
    const { process } = made[index]!;
    return process ? [[host.name, process] as const] : [];
  });
  return {
    replace: async (objects) => void (await inParallel(made, (node) => node.replace(objects))),
    apply: async (change) => void (await inParallel(made, (node) => node.apply(change))),
    processes: new Map(processes),
    [Symbol.asyncDispose]: async () => {
      await Promise.all(made.map((node) => node[Symbol.asyncDispose]()));
    },
  };
}

async function nodeRules({ layout, host }: NodeMember, mode: ProxyMode): Promise<NodeRules> {
  const config: ProxyConfig = {
    node: { name: layout.name, address: layout.address, addresses: [layout.address, layout.gateway] },
    clusterCidr: POD_CIDR,
    serviceCidrs: [SERVICE_CIDR],
  };
  if (mode === 'none') return { replace: async () => {}, apply: async () => {}, [Symbol.asyncDispose]: async () => {} };
  if (mode === 'userspace') return userspaceRules(host, config);
  // The sysctls of IPVS appear with its module, which is loaded where it is not part of the kernel.
  if (mode === 'ipvs') await host.exec(['ipvsadm', '-Ln']);
  const sysctls = Object.entries(proxySysctls(mode, config)).map(([name, value]) => `${name}=${value}`);
  if (sysctls.length > 0) await host.exec(['sysctl', '-q', '-w', ...sysctls]);
  const proxier = createProxier(mode, config);
  return {
    replace: (objects) => run(host, proxier.replace(objects)),
    apply: (change) => run(host, proxier.apply(change)),
    [Symbol.asyncDispose]: async () => {}, // the rules go with the namespace
  };
}

async function userspaceRules(host: Host, config: ProxyConfig): Promise<NodeRules> {
  const process = await startUserspaceProcess(host);
  const proxier = createUserspaceProxier(config);
  const write = async () => run(host, proxier.rules(await process.listen(proxier.services())));
  return {
    process,
    replace: (objects) => {
      proxier.replace(objects);
      return write();
    },
    apply: (change) => {
      proxier.apply(change);
      return write();
    },
    [Symbol.asyncDispose]: () => process[Symbol.asyncDispose](),
  };
}

async function run(host: Host, programs: readonly RuleProgram[]): Promise<void> {
  for (const { argv, input } of programs) await host.exec(argv, { input });
}
