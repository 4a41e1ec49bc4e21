import { expect, test } from 'vitest';
import { discover, type Observed, type SystemPod } from '../../../src/cluster/kubeconfig/discover.ts';
import { readsCalico, readsCilium, readsMode } from '../../../src/cluster/kubeconfig/rights.ts';

const pod = (labels: Record<string, string>, more: Partial<SystemPod> = {}): SystemPod => ({
  name: 'some',
  namespace: 'kube-system',
  node: 'one',
  labels,
  hostNetwork: true,
  settings: [],
  ...more,
});
const kubeProxy = pod({ 'k8s-app': 'kube-proxy' });
const cilium = pod({ 'k8s-app': 'cilium' });
const calico = pod({ 'k8s-app': 'calico-node' });
const nothing: Observed = {
  pods: [],
  nodes: [{ kubeletVersion: 'v1.34.4' }],
  kubeProxyConfig: { value: undefined },
  cilium: { value: undefined },
  calicoBpf: { value: undefined },
  ingressClasses: { value: [] },
};
const found = (observed: Partial<Observed>) => discover({ ...nothing, ...observed });
const configured = (mode: string) => ({ value: `kind: KubeProxyConfiguration\nmode: "${mode}"\n` });

test.each([
  [
    'its own word before its configuration',
    { pods: [kubeProxy], kubeProxySaid: 'ipvs', kubeProxyConfig: configured('iptables') },
    'ipvs',
    'itself',
  ],
  [
    'a flag',
    { pods: [pod({ component: 'kube-proxy' }, { settings: ['kube-proxy --proxy-mode=nftables'] })] },
    'nftables',
    'flag',
  ],
  ['its ConfigMap', { pods: [kubeProxy], kubeProxyConfig: configured('ipvs') }, 'ipvs', 'ConfigMap'],
  ['the default of an empty configuration', { pods: [kubeProxy], kubeProxyConfig: configured('') }, 'iptables', 'default'],
  [
    'the flag of k3s',
    { nodes: [{ kubeletVersion: 'v1.34.1+k3s1', k3sArgs: '["server","--kube-proxy-arg proxy-mode=ipvs"]' }] },
    'ipvs',
    'flag',
  ],
  ['the default of k3s', { nodes: [{ kubeletVersion: 'v1.34.1+k3s1' }] }, 'iptables', 'k3s'],
])('the mode by %s', (_by, observed, mode, how) => {
  expect(found(observed).mode).toMatchObject({ value: mode, how: expect.stringContaining(how) });
});

test.each([
  ['Cilium', { pods: [kubeProxy, cilium], cilium: { value: 'true' }, kubeProxyConfig: configured('iptables') }],
  ['Cilium', { pods: [cilium], cilium: { lacks: readsCilium } }],
  ['Calico eBPF', { pods: [kubeProxy, calico], calicoBpf: { value: true }, kubeProxyConfig: configured('iptables') }],
  ['Calico eBPF', { pods: [pod({ 'k8s-app': 'calico-node' }, { settings: ['FELIX_BPFENABLED=true'] })] }],
])('%s carries in the place of kube-proxy, so no mode of it does', (who, observed) => {
  expect(found(observed)).toMatchObject({
    replacement: { value: who },
    mode: { value: 'none', how: expect.stringContaining(who) },
  });
});

test('Cilium and Calico beside a kube-proxy that carries are networks only', () => {
  const kept = { kubeProxyConfig: configured('ipvs') };
  expect(found({ ...kept, pods: [kubeProxy, cilium], cilium: { value: 'false' } })).toMatchObject({
    mode: { value: 'ipvs' },
    cni: { value: 'Cilium' },
  });
  expect(found({ ...kept, pods: [kubeProxy, calico], calicoBpf: { value: false } })).toMatchObject({
    mode: { value: 'ipvs' },
    cni: { value: 'Calico' },
  });
});

test.each([
  [readsMode, { pods: [kubeProxy], kubeProxyConfig: { lacks: readsMode } }],
  [readsCilium, { pods: [kubeProxy, cilium], cilium: { lacks: readsCilium }, kubeProxyConfig: configured('iptables') }],
  [readsCalico, { pods: [kubeProxy, calico], calicoBpf: { lacks: readsCalico }, kubeProxyConfig: configured('iptables') }],
])('what may not be read is not assumed: %o', (right, observed) => {
  const { mode } = found(observed);
  expect(mode.value).toBeUndefined();
  expect(mode.lacks).toEqual(right);
});

test('a cluster of which nothing is known is not taken for one in a mode', () => {
  expect(found({}).mode).toEqual({ how: expect.stringContaining('not found out') });
});

test.each([
  [pod({ app: 'metallb' }), 'MetalLB'],
  [pod({ 'svccontroller.k3s.cattle.io/svcname': 'traefik' }), 'klipper (servicelb)'],
])('who gives out addresses of LoadBalancers', (one, name) => {
  expect(found({ pods: [one] }).loadBalancer.value).toBe(name);
  expect(found({ nodes: [{ kubeletVersion: 'v1.34.4', providerId: 'aws:///eu/i-1' }] }).loadBalancer.value).toContain('aws');
});
