import type { Detected, Detections, ProxyMode } from '../contract/provider.ts';
import { cniOf, loadBalancerOf } from '../kube/networks.ts';
import type { SystemPod } from '../kube/system-pods.ts';
import { type IngressClasses, ingressOf } from './ingress-classes.ts';
import { disablesKubeProxy, k3sMode, type NodeArguments } from './k3s-arguments.ts';
import type { Finding } from './kube-proxy-mode.ts';
import { findReplacement, type NetworkSettings, type Replacement } from './replacement.ts';

export interface SystemNode {
  readonly name: string;
  readonly linux: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly providerId?: string;
  readonly kubeletVersion: string;
  /** What k3s or RKE2 was started with. */
  readonly started?: NodeArguments;
}

/** What was read of a cluster, without a judgement. */
export interface Observed {
  readonly pods: readonly SystemPod[];
  readonly nodes: readonly SystemNode[];
  /** The pods of kube-proxy, and how each is configured. */
  readonly kubeProxies: readonly { readonly node: string; readonly configured: Finding<ProxyMode> }[];
  /** What kube-proxies that were asked answered themselves (/proxyMode). */
  readonly said: readonly { readonly node: string; readonly mode: ProxyMode }[];
  readonly settings: NetworkSettings;
  readonly ingressClasses: IngressClasses;
}

export interface Discovery {
  /** `none`: something else carries what kube-proxy would, or nothing does. */
  readonly mode: Finding<ProxyMode>;
  /** By node, where nodes differ. */
  readonly modeOf?: Readonly<Record<string, Finding<ProxyMode>>>;
  readonly replacement: Finding<Replacement>;
  readonly cni: Detected;
  readonly loadBalancer: Detected;
  readonly ingress: Finding;
}

/** Judges what was read of a cluster: each finding has its source and its place, and nothing is assumed. */
export function discover(observed: Observed): Discovery {
  const { pods, nodes, settings, ingressClasses } = observed;
  const modes = nodeModes(observed);
  const disabled = nodes.find(({ started }) => started && disablesKubeProxy(started));
  const replacement = findReplacement(pods, settings, modes.size > 0 && !disabled);
  const k3s = nodes.filter(isK3s).flatMap(({ started }) => (started?.args ? [started.args] : []));
  return {
    ...modeOf(observed, modes, replacement, disabled),
    replacement,
    cni: cniOf(pods, k3s),
    loadBalancer: loadBalancerOf(
      pods,
      nodes.flatMap(({ providerId }) => providerId ?? []),
    ),
    ingress: ingressOf(ingressClasses),
  };
}

/** For facts and doctor. */
export const detectionsOf = ({ mode, modeOf, replacement, cni, loadBalancer, ingress }: Discovery): Detections => ({
  proxyMode: plain(mode),
  ...(modeOf ? { proxyModeOf: Object.fromEntries(Object.entries(modeOf).map(([node, one]) => [node, plain(one)])) } : {}),
  kubeProxyReplacement: plain(
    'value' in replacement ? { ...replacement, value: replacementName(replacement.value) } : replacement,
  ),
  cni,
  ingressControllers: plain(ingress),
  loadBalancer,
});

/** Facts are for readers of results: the right that was lacking is in the words already. */
const plain = <T>({ lacks: _lacks, ...rest }: Finding<T>): Detected<T> => rest as Detected<T>;

const replacementName = ({ name, carries }: Replacement): string =>
  carries === 'ClusterIPs for pods' ? `${name}, only for ClusterIP traffic from pods` : name;

const isK3s = ({ kubeletVersion }: SystemNode): boolean => kubeletVersion.includes('+k3s');

/** The mode of each node on which a kube-proxy is seen; its own word comes before its configuration. */
function nodeModes({ nodes, kubeProxies, said }: Observed): Map<string, Finding<ProxyMode>> {
  const linux = nodes.filter((node) => node.linux);
  const configured = new Map<string, Finding<ProxyMode>>([
    ...linux.filter(isK3s).map(({ name, kubeletVersion, started }) => [name, k3sMode(name, kubeletVersion, started)] as const),
    ...kubeProxies
      .filter(({ node }) => !nodes.some(({ name, linux: yes }) => name === node && !yes))
      .map((one) => [one.node, one.configured] as const),
  ]);
  const contrary = said.filter(({ node, mode }) => {
    const one = configured.get(node);
    return one && 'value' in one && one.value !== mode;
  });
  const words = said.map(({ node, mode }) => [
    node,
    { value: mode, source: 'component', from: `kube-proxy's own answer (/proxyMode) on node ${node}` },
  ]) as [string, Finding<ProxyMode>][];
  // Where one runs in another mode than its configuration says, the others may as well.
  const doubtful =
    contrary.length === 0
      ? []
      : [...configured].flatMap(([node, one]) => ('value' in one ? [[node, doubt(contrary[0]!)] as const] : []));
  return new Map([...configured, ...doubtful, ...words]);
}

const doubt = ({ node, mode }: Observed['said'][number]): Finding<ProxyMode> => ({
  unknown: `kube-proxy on node ${node} reports mode ${mode}, which differs from its configuration; this one was not asked`,
});

function modeOf(
  observed: Observed,
  modes: ReadonlyMap<string, Finding<ProxyMode>>,
  replacement: Finding<Replacement>,
  disabled: SystemNode | undefined,
): Pick<Discovery, 'mode' | 'modeOf'> {
  if ('value' in replacement && replacement.value.carries === 'everything') {
    const { value, source, from } = replacement;
    return { mode: { value: 'none', source, from: `${value.name} replaces kube-proxy: ${from}` } };
  }
  if (disabled)
    return {
      mode: {
        value: 'none',
        source: 'configuration',
        from: `--disable-kube-proxy in the annotation ${disabled.started!.annotation} of node ${disabled.name}; its replacement is unknown`,
      },
    };
  // A program that may carry everything leaves the mode open.
  if ('unknown' in replacement && (modes.size > 0 || replacement.lacks))
    return { mode: { ...replacement, unknown: `the program that replaces kube-proxy is unknown: ${replacement.unknown}` } };
  if (modes.size === 0) return { mode: notSeen(observed) };
  const known = [...modes].flatMap(([node, one]) => ('value' in one ? [{ node, ...one }] : []));
  const values = [...new Set(known.map(({ value }) => value))];
  if (values.length > 1) {
    const each = values.map(
      (value) => `${value} on ${several(known.filter((one) => one.value === value).map(({ node }) => node))}`,
    );
    return { mode: { unknown: `nodes differ: ${each.join('; ')}` }, modeOf: Object.fromEntries(modes) };
  }
  const unknown = [...modes.values()].find((one) => 'unknown' in one);
  if (unknown) return { mode: unknown, ...(known.length > 0 ? { modeOf: Object.fromEntries(modes) } : {}) };
  return { mode: modeOfNodes(known, observed.nodes) };
}

/** One value on all nodes: only as sure as the least sure of them. */
function modeOfNodes(
  known: readonly (Extract<Finding<ProxyMode>, { readonly value: unknown }> & { readonly node: string })[],
  nodes: readonly SystemNode[],
): Finding<ProxyMode> {
  const weakest = known.find(({ source }) => source === 'configuration') ?? known[0]!;
  const heard = known.filter(({ source }) => source === 'component').map(({ node }) => node);
  const others = known.length - 1;
  const unseen = nodes.filter(({ name, linux }) => linux && !known.some(({ node }) => node === name)).map(({ name }) => name);
  const more = [
    ...(others > 0 ? [`${others === 1 ? 'another node' : `${others} other nodes`} the same`] : []),
    ...(weakest.source === 'configuration' && heard.length > 0 ? [`kube-proxy itself reports it on ${several(heard)}`] : []),
    ...(unseen.length > 0 ? [`no kube-proxy found on ${several(unseen)}`] : []),
  ];
  const { value, source, from } = weakest;
  return { value, source, from: [from, ...more].join('; ') };
}

function notSeen({ nodes }: Observed): Finding<ProxyMode> {
  const microk8s = nodes.find(({ labels }) => 'microk8s.io/cluster' in labels);
  if (microk8s)
    return {
      unknown: `MicroK8s runs kube-proxy inside its own process on node ${microk8s.name}, with the arguments in a file on the node`,
    };
  return { unknown: 'no kube-proxy pod and no replacement found; kube-proxy may run as a service on the nodes' };
}

const SHOWN = 3;
const several = (names: readonly string[]): string =>
  names.length > SHOWN ? `${names.slice(0, SHOWN).join(', ')} and ${names.length - SHOWN} more` : names.join(', ');
