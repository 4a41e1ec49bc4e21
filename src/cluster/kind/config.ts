import { stringify } from 'yaml';
import type { ClusterSpec, ProxyMode } from '../contract/provider.ts';

const PATCHES: Partial<Record<ProxyMode, string>> = {
  userspace: 'mode: userspace',
  // Every node has the addresses of LoadBalancers on a device of its own, and must not answer ARP for them: MetalLB needs it.
  ipvs: 'ipvs:\n  strictARP: true',
};

/**
 * The configuration file for `kind create cluster`, kind.x-k8s.io/v1alpha4, as YAML.
 * kind's validation refuses the word "userspace", so that mode goes in as a KubeProxyConfiguration patch, which kind does not
 * validate; a patch that matches nothing is dropped silently, and the mode's proof is what notices.
 */
export function kindConfig(spec: ClusterSpec, nodeImage: string): string {
  const node = (role: 'control-plane' | 'worker') => ({ role, image: nodeImage });
  const patch = PATCHES[spec.proxyMode];
  return stringify({
    kind: 'Cluster',
    apiVersion: 'kind.x-k8s.io/v1alpha4',
    networking: spec.proxyMode === 'userspace' ? {} : { kubeProxyMode: spec.proxyMode },
    nodes: [node('control-plane'), ...Array.from({ length: spec.workers }, () => node('worker'))],
    ...(patch ? { kubeadmConfigPatches: [`kind: KubeProxyConfiguration\n${patch}\n`] } : {}),
  });
}

/** One line of kind's progress on standard error, or undefined for any other line. Warnings share the bullet of a started step. */
export function readProgress(
  line: string,
): { readonly state: 'started' | 'done' | 'failed' | 'warning'; readonly text: string } | undefined {
  const plain = line.replace(/\u001b\[[0-9;?]*[A-Za-z]/g, '').trimEnd();
  const [, mark, text] = /^ (•|✓|✗) (.+?)\s*(?: {2}\.\.\.)?$/.exec(plain) ?? [];
  if (!mark || !text) return undefined;
  if (mark === '•' && text.startsWith('WARNING')) return { state: 'warning', text };
  return { state: mark === '•' ? 'started' : mark === '✓' ? 'done' : 'failed', text };
}
