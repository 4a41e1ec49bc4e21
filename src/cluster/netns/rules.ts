import { exec } from '../../process/exec.ts';
import { inParallel } from '../../waiting/in-parallel.ts';
import type { Host } from '../contract/host.ts';
import type { IptablesBackend, ProxyMode } from '../contract/provider.ts';
import { type NodeLayout, type NodeMember, POD_CIDR, SERVICE_CIDR } from '../fabric/layout.ts';
import { messageBytes } from './message-bytes.ts';
import { podMasquerade } from './pod-masquerade.ts';
import type { ProxyConfig } from './proxy/config.ts';
import type { RuleProgram } from './proxy/program.ts';
import { createProxier, proxySysctls } from './proxy/proxier.ts';
import type { ProxyChange, ProxyObjects } from './proxy/service-map.ts';
import { createUserspaceProxier } from './proxy/userspace.ts';
import { startUserspaceProcess, type UserspaceProcess } from './userspace-process.ts';

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

/**
 * The kernel's time for one nftables transaction grows with the square of its maps, so large ones are cut, as a user namespace does anyway;
 * small ones cost, too, because each `nft` lists all chains and sets first. CPU time for 10,000 Services (nft 1.0.6, Linux 6.18) with 1, 2, 4,
 * 8, 16 MiB: 13.5, 12.1, 11.8, 12.7, 14.2 s.
 */
const NFTABLES_BATCH_BYTES = 4 << 20;

async function batchBytesFor(mode: ProxyMode, backend: IptablesBackend): Promise<number | undefined> {
  const fits = mode === 'nftables' || backend === 'nf_tables' ? await messageBytes() : undefined;
  return mode === 'nftables' ? Math.min(fits ?? NFTABLES_BATCH_BYTES, NFTABLES_BATCH_BYTES) : fits;
}

/** Sets up a mode on every node, without any rule yet; `backend` is the one that its `iptables-restore` is of. */
export async function createRules(nodes: readonly NodeMember[], mode: ProxyMode, backend: IptablesBackend): Promise<Rules> {
  const batchBytes = await batchBytesFor(mode, backend);
  const made = await inParallel(nodes, (node) => nodeRules(node, mode, batchBytes));
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

/** The sysctls that a mode's rules need on each node; those of IPVS appear with its module, which this loads. */
export async function ruleSysctls(mode: ProxyMode, node: NodeLayout): Promise<Readonly<Record<string, string>>> {
  if (mode === 'none' || mode === 'userspace') return {};
  if (mode === 'ipvs') await exec(['ipvsadm', '-Ln']);
  return proxySysctls(mode, configFor(node));
}

const configFor = ({ name, address, gateway }: NodeLayout): ProxyConfig => ({
  node: { name, address, addresses: [address, gateway] },
  clusterCidr: POD_CIDR,
  serviceCidrs: [SERVICE_CIDR],
});

async function nodeRules({ layout, host }: NodeMember, mode: ProxyMode, batchBytes: number | undefined): Promise<NodeRules> {
  const config = { ...configFor(layout), ...(batchBytes === undefined ? {} : { batchBytes }) };
  const write = writer(host, podMasquerade(mode));
  if (mode === 'none') return { replace: () => write([]), apply: async () => {}, [Symbol.asyncDispose]: async () => {} };
  if (mode === 'userspace') return userspaceRules(host, config, write);
  const proxier = createProxier(mode, config);
  return {
    replace: (objects) => write(proxier.replace(objects)),
    apply: (change) => write(proxier.apply(change)),
    [Symbol.asyncDispose]: async () => {}, // the rules go with the namespace
  };
}

async function userspaceRules(host: Host, config: ProxyConfig, run: Write): Promise<NodeRules> {
  const process = await startUserspaceProcess(host);
  const proxier = createUserspaceProxier(config);
  const write = async () => run(proxier.rules(await process.listen(proxier.services())));
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

type Write = (programs: readonly RuleProgram[]) => Promise<void>;

/** Runs rule programs one after another on a node, `first` before the first of all; neighbours that are alike become one process. */
function writer(host: Host, first: RuleProgram): Write {
  let waiting = [first];
  return async (programs) => {
    const all = [...waiting, ...programs];
    waiting = [];
    while (all.length > 0) {
      const { argv, input, alone } = all.shift()!;
      let text = input;
      while (!alone && !all[0]?.alone && all[0]?.argv.join(' ') === argv.join(' ')) text += all.shift()!.input;
      await host.exec(argv, { input: text });
    }
  };
}
