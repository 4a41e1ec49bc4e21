import { type ProxyMode, proxyModes } from '../provider.ts';
import { type Right, readsCalico, readsCilium, readsIngressClasses, readsMode, roleLine } from './rights.ts';

/** Something that was read, or the right that reading it lacks. */
export type Seen<T> = { readonly value: T } | { readonly lacks: Right };

/** A pod of the cluster's own machinery. */
export interface SystemPod {
  readonly name: string;
  readonly namespace: string;
  readonly node: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly address?: string;
  readonly hostNetwork: boolean;
  /** Command lines and settings of its containers, as in "--proxy-mode=ipvs" and "FELIX_BPFENABLED=true". */
  readonly settings: readonly string[];
}

export interface SystemNode {
  readonly providerId?: string;
  readonly kubeletVersion: string;
  /** What k3s was started with. */
  readonly k3sArgs?: string;
}

/** What was read of a cluster, without a judgement. */
export interface Observed {
  readonly pods: readonly SystemPod[];
  readonly nodes: readonly SystemNode[];
  /** kube-proxy's configuration; undefined where there is none. */
  readonly kubeProxyConfig: Seen<string | undefined>;
  /** What a kube-proxy answered itself; undefined where it was not asked. */
  readonly kubeProxySaid?: string | undefined;
  /** cilium-config's kube-proxy-replacement. */
  readonly cilium: Seen<string | undefined>;
  /** FelixConfiguration's bpfEnabled. */
  readonly calicoBpf: Seen<boolean | undefined>;
  /** Names of the classes, and of what serves each. */
  readonly ingressClasses: Seen<readonly { readonly name: string; readonly controller: string }[]>;
}

/** Something found, and by what; or not found out, and what would show it. */
export interface Finding<T = string> {
  readonly value?: T;
  readonly how: string;
  /** The right that would show it. */
  readonly lacks?: Right;
}

export interface Discovery {
  /** `none`: something else carries what kube-proxy would. */
  readonly mode: Finding<ProxyMode>;
  /** What carries in the place of kube-proxy. */
  readonly replacement: Finding;
  readonly cni: Finding;
  readonly loadBalancer: Finding;
  readonly ingress: Finding;
}

/** Judges what was read of a cluster: each finding says by what it was found, and nothing is assumed. */
export function discover(observed: Observed): Discovery {
  const replacement = replacementOf(observed);
  return {
    mode: modeOf(observed, replacement),
    replacement,
    cni: cniOf(observed),
    loadBalancer: loadBalancerOf(observed),
    ingress: ingressOf(observed),
  };
}

const unknown = (lacks: Right): { readonly how: string; readonly lacks: Right } => ({
  how: `not found out: needs the right ${roleLine(lacks)}`,
  lacks,
});
const isMode = (text: string): text is ProxyMode => (proxyModes as readonly string[]).includes(text);
const of = ({ pods }: Observed, label: string, ...values: readonly string[]): SystemPod[] =>
  pods.filter(({ labels }) => values.includes(labels[label] ?? ''));
const kubeProxyPods = (observed: Observed): SystemPod[] => [
  ...of(observed, 'k8s-app', 'kube-proxy'),
  ...of(observed, 'component', 'kube-proxy'),
];

function replacementOf(observed: Observed): Finding {
  const [cilium] = of(observed, 'k8s-app', 'cilium');
  const [calico] = of(observed, 'k8s-app', 'calico-node');
  const kubeProxy = kubeProxyPods(observed).length > 0;
  if (cilium) {
    if ('lacks' in observed.cilium)
      return kubeProxy ? unknown(readsCilium) : { value: 'Cilium', how: 'Cilium runs, and no kube-proxy' };
    const said = observed.cilium.value;
    if (said === 'true' || said === 'strict')
      return { value: 'Cilium', how: `ConfigMap cilium-config: kube-proxy-replacement is ${said}` };
    if (!kubeProxy) return { value: 'Cilium', how: 'Cilium runs, and no kube-proxy' };
  }
  if (calico) {
    if (calico.settings.includes('FELIX_BPFENABLED=true'))
      return { value: 'Calico eBPF', how: 'FELIX_BPFENABLED of calico-node is true' };
    if ('lacks' in observed.calicoBpf)
      return kubeProxy ? unknown(readsCalico) : { value: 'Calico eBPF', how: 'Calico runs, and no kube-proxy' };
    if (observed.calicoBpf.value === true) return { value: 'Calico eBPF', how: 'FelixConfiguration default: bpfEnabled' };
  }
  return { value: 'none', how: cilium || calico ? 'its configuration' : 'no Cilium and no Calico runs' };
}

/** Other programs that could carry in kube-proxy's place are not known here; kube-proxy's pods and configuration decide. */
function modeOf(observed: Observed, replacement: Finding): Finding<ProxyMode> {
  if (replacement.value !== undefined && replacement.value !== 'none')
    return { value: 'none', how: `${replacement.value} carries in its place (${replacement.how})` };
  if (replacement.lacks) return unknown(replacement.lacks);
  const said = observed.kubeProxySaid;
  if (said !== undefined && isMode(said)) return { value: said, how: 'kube-proxy says so itself (/proxyMode)' };
  const flags = [
    ...kubeProxyPods(observed).flatMap(({ settings }) => settings),
    ...observed.nodes.flatMap(({ k3sArgs }) => k3sArgs ?? []),
  ];
  const flagged = flags.flatMap((text) => /proxy-mode=(\w+)/.exec(text)?.[1] ?? []).find(isMode);
  if (flagged) return { value: flagged, how: 'the flag --proxy-mode' };
  if ('lacks' in observed.kubeProxyConfig) return k3s(observed) ? defaultMode('k3s names no other') : unknown(readsMode);
  const config = observed.kubeProxyConfig.value;
  if (config !== undefined) {
    const configured = /^mode:\s*"?(\w*)"?\s*$/m.exec(config)?.[1] ?? '';
    const by = 'ConfigMap kube-system/kube-proxy';
    return isMode(configured) ? { value: configured, how: by } : defaultMode(`${by} names none`);
  }
  if (k3s(observed)) return defaultMode('k3s names no other');
  if (kubeProxyPods(observed).length > 0) return defaultMode('neither flag nor ConfigMap names another');
  return { how: 'not found out: no kube-proxy, no Cilium and no Calico is to be seen' };
}

const k3s = ({ nodes }: Observed): boolean => nodes.some(({ kubeletVersion }) => kubeletVersion.includes('+k3s'));
const defaultMode = (why: string): Finding<ProxyMode> => ({ value: 'iptables', how: `kube-proxy's default, since ${why}` });

/** Labels of the CNI's own pods, as their projects' manifests have them. */
const CNIS: readonly (readonly [label: string, value: string, name: string])[] = [
  ['k8s-app', 'cilium', 'Cilium'],
  ['k8s-app', 'calico-node', 'Calico'],
  ['k8s-app', 'canal', 'Canal'],
  ['k8s-app', 'kindnet', 'kindnet'],
  ['app', 'kindnet', 'kindnet'],
  ['app', 'flannel', 'Flannel'],
  ['k8s-app', 'aws-node', 'AWS VPC CNI'],
  ['k8s-app', 'kube-router', 'kube-router'],
  ['app', 'antrea', 'Antrea'],
  ['name', 'weave-net', 'Weave Net'],
];

function cniOf(observed: Observed): Finding {
  for (const [label, value, name] of CNIS) {
    const [pod] = of(observed, label, value);
    if (pod) return { value: name, how: `pod ${pod.namespace}/${pod.name}` };
  }
  if (k3s(observed)) return { value: 'Flannel', how: 'k3s runs it within itself, and no other is to be seen' };
  return { how: 'not found out: no pod of a known one' };
}

function loadBalancerOf(observed: Observed): Finding {
  const metallb = [...of(observed, 'app', 'metallb'), ...of(observed, 'app.kubernetes.io/name', 'metallb')][0];
  if (metallb) return { value: 'MetalLB', how: `pod ${metallb.namespace}/${metallb.name}` };
  const klipper = observed.pods.find(({ labels }) => labels['svccontroller.k3s.cattle.io/svcname'] !== undefined);
  if (klipper) return { value: 'klipper (servicelb)', how: `pod ${klipper.namespace}/${klipper.name}` };
  const cloud = observed.nodes.flatMap(
    ({ providerId }) => /^(aws|gce|azure|digitalocean|openstack|vsphere|hcloud):/.exec(providerId ?? '')?.[1] ?? [],
  )[0];
  if (cloud) return { value: `the cloud's (${cloud})`, how: "the nodes' providerID" };
  return { value: 'none', how: 'no pod of MetalLB or klipper, no cloud in providerID' };
}

function ingressOf({ ingressClasses }: Observed): Finding {
  if ('lacks' in ingressClasses) return unknown(readsIngressClasses);
  const classes = ingressClasses.value.map(({ name, controller }) => `${name} (${controller})`);
  return { value: classes.join(', ') || 'none', how: 'IngressClasses' };
}
