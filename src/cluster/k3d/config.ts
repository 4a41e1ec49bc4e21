import { stringify } from 'yaml';
import { UsageError } from '../../errors.ts';
import type { ClusterSpec, ProxyMode } from '../contract/provider.ts';

/** Label of the containers of nodes; its value is the cluster's name. Not that of what stands beside nodes, which goes in another way. */
const NODE_LABEL = 'dev.trafficlab.node';

/** kube-proxy runs inside of k3s, which hands these arguments on to it. */
const KUBE_PROXY: Partial<Record<ProxyMode, readonly string[]>> = {
  iptables: ['--kube-proxy-arg=proxy-mode=iptables'],
  // MetalLB needs nodes not to answer ARP for the addresses of LoadBalancers, which every one of them has.
  ipvs: ['--kube-proxy-arg=proxy-mode=ipvs', '--kube-proxy-arg=ipvs-strict-arp=true'],
  nftables: ['--kube-proxy-arg=proxy-mode=nftables'],
};

/** Left out: k3s' own ingress controller, which would be in the way, and the rules of its network policy controller. */
const SERVER_ARGS = ['--disable=traefik', '--disable-network-policy'] as const;
/** Left out unless it is asked for: it takes a port of the nodes for each LoadBalancer. */
const NO_SERVICELB = '--disable=servicelb';
/** Of the nodes with this label servicelb gives out the addresses, and of no others (docs.k3s.io, Controlling ServiceLB Node Selection). */
const SERVICELB_NODE = 'svccontroller.k3s.cattle.io/enablelb=true';
/** Pods and announcements are on workers only, as on a cluster of kubeadm's. */
const WORKERS_ONLY = {
  taint: '--node-taint=node-role.kubernetes.io/control-plane=:NoSchedule',
  label: 'node.kubernetes.io/exclude-from-external-load-balancers=true',
} as const;

export interface ConfigOptions {
  readonly name: string;
  readonly spec: ClusterSpec;
  readonly nodeImage: string;
  readonly timeoutMs: number;
}

/**
 * The configuration file for `k3d cluster create`, k3d.io/v1alpha5, as YAML. It names no network: k3d then makes one of the cluster's own
 * (k3d-NAME), and deletes it with the cluster; one that is named it takes for somebody else's. k3d's load balancer is left out, so that
 * the API is on the server's own container and nothing of k3d's stands in a path.
 * @throws UsageError for a mode that k3s' kube-proxy does not have.
 */
export function k3dConfig({ name, spec, nodeImage, timeoutMs }: ConfigOptions): string {
  const servers = ['server:*'];
  const all = spec.workers > 0 ? [...servers, 'agent:*'] : servers;
  const args = (values: readonly string[], nodeFilters: readonly string[]) => values.map((arg) => ({ arg, nodeFilters }));
  const onWorkers = spec.workers > 0;
  const servicelb = spec.announcements?.includes('servicelb') ?? false;
  const nodeLabels = onWorkers
    ? [
        { label: WORKERS_ONLY.label, nodeFilters: servers },
        ...(servicelb ? [{ label: SERVICELB_NODE, nodeFilters: ['agent:*'] }] : []),
      ]
    : [];
  return stringify(
    {
      apiVersion: 'k3d.io/v1alpha5',
      kind: 'Simple',
      metadata: { name },
      servers: 1,
      agents: spec.workers,
      image: nodeImage,
      kubeAPI: { hostIP: '127.0.0.1' },
      options: {
        k3d: { wait: true, timeout: `${Math.round(timeoutMs / 1000)}s`, disableLoadbalancer: true },
        k3s: {
          extraArgs: [
            ...args(kubeProxyArgs(spec.proxyMode), all),
            ...args([...SERVER_ARGS, ...(servicelb ? [] : [NO_SERVICELB]), ...(onWorkers ? [WORKERS_ONLY.taint] : [])], servers),
          ],
          ...(nodeLabels.length ? { nodeLabels } : {}),
        },
        kubeconfig: { updateDefaultKubeconfig: false, switchCurrentContext: false },
        runtime: { labels: [{ label: `${NODE_LABEL}=${name}`, nodeFilters: all }] },
      },
    },
    { aliasDuplicateObjects: false },
  );
}

function kubeProxyArgs(mode: ProxyMode): readonly string[] {
  const args = KUBE_PROXY[mode];
  if (args) return args;
  throw new UsageError(`k3d cannot create a cluster in ${mode} mode`, {
    remedy: `choose one of ${Object.keys(KUBE_PROXY).join(', ')}`,
  });
}

/** One line of k3d's log, or undefined for any other line; colours are left out. */
export function readLog(line: string): { readonly level: 'info' | 'warning' | 'error'; readonly text: string } | undefined {
  const plain = line.replace(/\u001b\[[0-9;?]*[A-Za-z]/g, '').trimEnd();
  const [, level, text] = /^(INFO|WARN|ERRO|FATA)\[[^\]]*\] (.+)$/.exec(plain) ?? [];
  if (!level || !text) return undefined;
  return { level: level === 'INFO' ? 'info' : level === 'WARN' ? 'warning' : 'error', text: text.trim() };
}
