import { type Right, roleLine } from '../contract/right.ts';
import { podsWith, type SystemPod } from '../kube/system-pods.ts';
import type { Finding } from './kube-proxy-mode.ts';

/** Something that was read, or the right that reading it lacks. */
export type Seen<T> = { readonly value: T } | { readonly lacks: Right };

/** What carries in kube-proxy's place: all of it, only what pods send to ClusterIPs, or nothing. */
export type Replacement =
  | { readonly name: string; readonly carries: 'everything' | 'ClusterIPs for pods' }
  | { readonly name: 'none'; readonly carries: 'nothing' };

/** What was read of the settings of the programs that can replace kube-proxy. */
export interface NetworkSettings {
  /** cilium-config's kube-proxy-replacement. */
  readonly cilium: Seen<string | undefined>;
  /** FelixConfiguration's bpfEnabled. */
  readonly calicoBpf: Seen<boolean | undefined>;
  /** antreaProxy of antrea-agent.conf. */
  readonly antrea: Finding<{ readonly enable: boolean; readonly proxyAll: boolean }>;
}

const none: Replacement = { name: 'none', carries: 'nothing' };

/** Finds what carries in kube-proxy's place, from the settings of the programs that can; one that is seen and not understood is unknown. */
export function findReplacement(
  pods: readonly SystemPod[],
  settings: NetworkSettings,
  kubeProxyRuns: boolean,
): Finding<Replacement> {
  const seen = [
    cilium(podsWith(pods, 'k8s-app', 'cilium')[0], settings),
    calico(podsWith(pods, 'k8s-app', 'calico-node')[0], settings),
    antrea(podsWith(pods, 'component', 'antrea-agent')[0], settings),
    kubeRouter(podsWith(pods, 'k8s-app', 'kube-router')[0]),
    ovn(podsWith(pods, 'app', 'ovnkube-node')[0]),
  ].filter((one) => one !== undefined);
  const rank = (one: Finding<Replacement>) =>
    'unknown' in one ? 1 : one.value.carries === 'everything' ? 0 : one.value.carries === 'nothing' ? 3 : 2;
  const [best] = seen.sort((one, other) => rank(one) - rank(other));
  if (best) return best;
  return kubeProxyRuns
    ? { value: none, source: 'component', from: 'kube-proxy runs, and no replacement found' }
    : { unknown: 'neither kube-proxy nor a replacement found' };
}

const lacking = (lacks: Right): Finding<never> => ({ unknown: `needs the right ${roleLine(lacks)}`, lacks });

/** kubeProxyReplacement: "true", and "strict" before 1.14; without it Cilium still carries what pods send to ClusterIPs (docs, kubeproxy-free). */
function cilium(pod: SystemPod | undefined, { cilium: said }: NetworkSettings): Finding<Replacement> | undefined {
  if (!pod) return undefined;
  if ('lacks' in said) return lacking(said.lacks);
  const from = `ConfigMap cilium-config, kube-proxy-replacement: ${said.value ?? 'not set'}`;
  if (said.value === 'true' || said.value === 'strict')
    return { value: { name: 'Cilium', carries: 'everything' }, source: 'configuration', from };
  if (said.value === 'false' || said.value === 'disabled')
    return { value: { name: 'Cilium', carries: 'ClusterIPs for pods' }, source: 'configuration', from };
  return { unknown: `${from}; which Services Cilium handles then depends on the kernel and on its version` };
}

/** The environment comes before the FelixConfiguration; without either, eBPF is off. */
function calico(pod: SystemPod | undefined, { calicoBpf }: NetworkSettings): Finding<Replacement> | undefined {
  if (!pod) return undefined;
  const bpf: Replacement = { name: 'Calico eBPF', carries: 'everything' };
  const environment = pod.environment.FELIX_BPFENABLED?.toLowerCase();
  if (environment !== undefined && environment !== '') {
    const on = ['true', '1', 'yes', 'y', 't'].includes(environment);
    return { value: on ? bpf : none, source: 'configuration', from: `FELIX_BPFENABLED of pod ${pod.namespace}/${pod.name}` };
  }
  if ('lacks' in calicoBpf) return lacking(calicoBpf.lacks);
  const from = `FelixConfiguration default, bpfEnabled: ${calicoBpf.value ?? 'not set'}`;
  return { value: calicoBpf.value === true ? bpf : none, source: 'configuration', from };
}

function antrea(pod: SystemPod | undefined, { antrea: said }: NetworkSettings): Finding<Replacement> | undefined {
  if (!pod) return undefined;
  if ('unknown' in said) return { ...said, unknown: `antrea-agent.conf: ${said.unknown}` };
  const { enable, proxyAll } = said.value;
  const carries = proxyAll ? 'everything' : 'ClusterIPs for pods';
  return { ...said, value: enable ? { name: 'AntreaProxy', carries } : none };
}

/** --run-service-proxy is on unless it is turned off (kube-router's user guide). */
function kubeRouter(pod: SystemPod | undefined): Finding<Replacement> | undefined {
  if (!pod) return undefined;
  const flag = pod.arguments.findLast((one) => /^--run-service-proxy(=|$)/.test(one));
  const from = `the arguments of pod ${pod.namespace}/${pod.name}, --run-service-proxy: ${flag?.split('=')[1] ?? (flag ? 'true' : 'not set')}`;
  const off = /=(0|f|false)$/i.test(flag ?? '');
  return { value: off ? none : { name: 'kube-router', carries: 'everything' }, source: 'configuration', from };
}

const ovn = (pod: SystemPod | undefined): Finding<Replacement> | undefined =>
  pod && {
    value: { name: 'OVN-Kubernetes', carries: 'everything' },
    source: 'component',
    from: `pod ${pod.namespace}/${pod.name} runs: it handles Services itself`,
  };
