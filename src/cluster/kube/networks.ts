import type { Detected } from '../contract/provider.ts';
import { podsWith, type SystemPod } from './system-pods.ts';

/** Labels of the CNI's own pods, as their projects' manifests have them. */
const CNIS: readonly (readonly [label: string, value: string, name: string])[] = [
  ['k8s-app', 'cilium', 'Cilium'],
  ['k8s-app', 'canal', 'Canal'],
  ['k8s-app', 'calico-node', 'Calico'],
  ['k8s-app', 'kindnet', 'kindnet'],
  ['app', 'kindnet', 'kindnet'],
  ['app', 'flannel', 'Flannel'],
  ['k8s-app', 'flannel', 'Flannel'],
  ['k8s-app', 'aws-node', 'AWS VPC CNI'],
  ['k8s-app', 'azure-cns', 'Azure CNI'],
  ['k8s-app', 'kube-router', 'kube-router'],
  ['app', 'antrea', 'Antrea'],
  ['app', 'ovnkube-node', 'OVN-Kubernetes'],
  ['name', 'weave-net', 'Weave Net'],
];

/** The network of pods: by a pod of its own; k3s runs Flannel within itself unless it is told not to. */
export function cniOf(pods: readonly SystemPod[], k3sArgs: readonly (readonly string[])[]): Detected {
  for (const [label, value, name] of CNIS) {
    const [pod] = podsWith(pods, label, value);
    if (pod) return { value: name, source: 'component', from: `pod ${pod.namespace}/${pod.name} runs` };
  }
  if (k3sArgs.length > 0 && !k3sArgs.some((args) => backend(args) !== undefined))
    return {
      value: 'Flannel',
      source: 'configuration',
      from: 'k3s runs it in its own process, without --flannel-backend',
    };
  const named = k3sArgs.map(backend).find((one) => one !== undefined && one !== 'none');
  if (named)
    return { value: 'Flannel', source: 'configuration', from: `k3s runs it in its own process: --flannel-backend ${named}` };
  return { unknown: 'no pod of a known network plugin found' };
}

function backend(args: readonly string[]): string | undefined {
  const at = args.findLastIndex((one) => one === '--flannel-backend' || one.startsWith('--flannel-backend='));
  return at < 0 ? undefined : (args[at]!.split('=')[1] ?? args[at + 1]);
}

/** What gives LoadBalancers their addresses. A cloud's controller runs outside of the cluster, so only its nodes tell of it. */
export function loadBalancerOf(pods: readonly SystemPod[], providerIds: readonly string[]): Detected {
  const by = (name: string, pod: SystemPod | undefined): Detected | undefined =>
    pod && { value: name, source: 'component', from: `pod ${pod.namespace}/${pod.name} runs` };
  const cloud = providerIds.flatMap((id) =>
    URL.canParse(id) && CLOUDS.includes(new URL(id).protocol.slice(0, -1)) ? [id.split(':')[0]!] : [],
  )[0];
  return (
    by('MetalLB', [...podsWith(pods, 'app', 'metallb'), ...podsWith(pods, 'app.kubernetes.io/name', 'metallb')][0]) ??
    by('kube-vip', podsWith(pods, 'app.kubernetes.io/name', 'kube-vip')[0]) ??
    by(
      'klipper (servicelb)',
      pods.find(({ labels }) => labels['svccontroller.k3s.cattle.io/svcname'] !== undefined),
    ) ??
    (cloud
      ? { value: `the cloud's (${cloud})`, source: 'configuration', from: "the nodes' providerID" }
      : { unknown: 'no pod of a known network plugin found, and the nodes have no cloud providerID' })
  );
}

const CLOUDS: readonly string[] = [
  'aws',
  'gce',
  'azure',
  'digitalocean',
  'openstack',
  'vsphere',
  'hcloud',
  'oci',
  'linode',
  'vultr',
];
