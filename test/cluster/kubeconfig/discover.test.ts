import { expect, test } from 'vitest';
import type { ProxyMode } from '../../../src/cluster/contract/provider.ts';
import type { SystemPod } from '../../../src/cluster/kube/system-pods.ts';
import { detectionsOf, discover, type Observed, type SystemNode } from '../../../src/cluster/kubeconfig/discover.ts';
import { nodeArguments } from '../../../src/cluster/kubeconfig/k3s-arguments.ts';
import type { Finding } from '../../../src/cluster/kubeconfig/kube-proxy-mode.ts';
import { readsCalico, readsCilium, readsMode } from '../../../src/cluster/kubeconfig/rights.ts';

const pod = (labels: Record<string, string>, more: Partial<SystemPod> = {}): SystemPod => ({
  name: 'some',
  namespace: 'kube-system',
  node: 'one',
  labels,
  hostNetwork: true,
  arguments: [],
  environment: {},
  ...more,
});
const node = (name = 'one', more: Partial<SystemNode> = {}): SystemNode => ({
  name,
  linux: true,
  labels: {},
  kubeletVersion: 'v1.34.4',
  ...more,
});
const k3s = (args: unknown, name = 'one'): SystemNode => {
  const started = nodeArguments({ 'k3s.io/node-args': typeof args === 'string' ? args : JSON.stringify(args) });
  return node(name, { kubeletVersion: 'v1.34.1+k3s1', ...(started ? { started } : {}) });
};
const cilium = pod({ 'k8s-app': 'cilium' });
const calico = pod({ 'k8s-app': 'calico-node' });
const settings: Observed['settings'] = {
  cilium: { value: undefined },
  calicoBpf: { value: undefined },
  antrea: { unknown: 'no antrea-agent found' },
};
const nothing: Observed = { pods: [], nodes: [node()], kubeProxies: [], said: [], settings, ingressClasses: { value: [] } };
const found = (observed: Partial<Observed>) => discover({ ...nothing, ...observed });
const configured = (mode: ProxyMode, on = 'one') => ({
  node: on,
  configured: { value: mode, source: 'configuration', from: 'ConfigMap kube-system/kube-proxy' } as Finding<ProxyMode>,
});

test("a kube-proxy's own word comes before its configuration, and its source says so", () => {
  const { mode } = found({ kubeProxies: [configured('iptables')], said: [{ node: 'one', mode: 'ipvs' }] });
  expect(mode).toMatchObject({ value: 'ipvs', source: 'component', from: expect.stringContaining('/proxyMode') });
});

test('a value that some kube-proxies state and others are configured with is as sure as the least sure of them', () => {
  const nodes = [node('one'), node('two'), node('three')];
  const both = [configured('ipvs', 'one'), configured('ipvs', 'two')];
  expect(found({ nodes, kubeProxies: both, said: [{ node: 'one', mode: 'ipvs' }] }).mode).toMatchObject({
    value: 'ipvs',
    source: 'configuration',
    from: expect.stringMatching(/reports it on one; no kube-proxy found on three$/),
  });
});

test('cases 1: nodes whose kube-proxies differ are not one mode, and each node keeps its own', () => {
  const nodes = [node('one'), node('two')];
  const { mode, modeOf } = found({ nodes, kubeProxies: [configured('ipvs', 'one'), configured('iptables', 'two')] });
  expect(mode).toEqual({ unknown: 'nodes differ: ipvs on one; iptables on two' });
  expect(modeOf).toMatchObject({ one: { value: 'ipvs' }, two: { value: 'iptables' } });
});

test('cases 1: where one that was asked contradicts its configuration, those that were not asked are unknown', () => {
  const nodes = [node('one'), node('two')];
  const kubeProxies = [configured('iptables', 'one'), configured('iptables', 'two')];
  const { mode, modeOf } = found({ nodes, kubeProxies, said: [{ node: 'one', mode: 'ipvs' }] });
  expect(mode).toEqual({ unknown: expect.stringContaining('kube-proxy on node one reports mode ipvs') });
  expect(modeOf).toMatchObject({ one: { value: 'ipvs', source: 'component' }, two: { unknown: expect.anything() } });
});

test('kube-proxies of nodes with Windows decide nothing', () => {
  const nodes = [node('one'), node('two', { linux: false })];
  const kubeProxies = [configured('ipvs', 'one'), { node: 'two', configured: { unknown: 'kernelspace' } }];
  expect(found({ nodes, kubeProxies }).mode).toMatchObject({ value: 'ipvs' });
});

// k3s splits "--name=value" into two words of a list in JSON (pkg/nodeconfig).
test.each<[unknown, object]>([
  [['server', '--kube-proxy-arg', 'proxy-mode=ipvs'], { value: 'ipvs', source: 'configuration' }],
  [['agent', '--kube-proxy-arg=proxy-mode=nftables'], { value: 'nftables' }],
  [['server', '--kube-proxy-arg', 'proxy-mode=ipvs', '--kube-proxy-arg', 'proxy-mode=nftables'], { value: 'nftables' }],
  [['server', '--node-label', 'note=--kube-proxy-arg proxy-mode=ipvs'], { value: 'iptables' }],
  [
    ['server', '--kube-proxy-arg', 'config=/etc/kp.yaml', '--kube-proxy-arg', 'proxy-mode=ipvs'],
    { unknown: expect.stringContaining('/etc/kp.yaml') },
  ],
  [['server', '--kube-proxy-arg', 'proxy-mode=quick'], { unknown: expect.stringContaining('quick') }],
  [['server'], { value: 'iptables', from: expect.stringContaining('the default of k3s is --proxy-mode=iptables') }],
  ['--kube-proxy-arg proxy-mode=ipvs', { unknown: expect.stringContaining('not a JSON list') }],
  ['{"a":1}', { unknown: expect.stringContaining('not a JSON list') }],
  ['[1]', { unknown: expect.stringContaining('not a JSON list') }],
])('cases 1: k3s started with %j', (args, mode) => expect(found({ nodes: [k3s(args)] }).mode).toMatchObject(mode));

test('k3s that does not say with what it was started is unknown', () => {
  expect(found({ nodes: [node('one', { kubeletVersion: 'v1.34.1+k3s1' })] }).mode).toEqual({
    unknown: expect.stringContaining('node-args'),
  });
});

test.each([
  [['server', '--disable-kube-proxy'], 'none'],
  [['server', '--disable-kube-proxy', 'true'], 'none'],
  [['server', '--disable-kube-proxy=true', '--flannel-backend', 'none'], 'none'],
  [['server', '--disable-kube-proxy', 'false'], 'iptables'],
  [['server', '--disable-kube-proxy=0'], 'iptables'],
])('cases 1.4: k3s started with %j and no known replacement is mode %s', (args, mode) => {
  const { mode: seen, replacement } = found({ nodes: [k3s(args, 'server'), k3s(['agent'], 'agent')] });
  expect(seen).toMatchObject({ value: mode, source: 'configuration' });
  if (mode === 'none') expect(replacement).toHaveProperty('unknown');
});

test.each<[string, Partial<Observed>]>([
  ['Cilium', { pods: [cilium], settings: { ...settings, cilium: { value: 'true' } }, kubeProxies: [configured('iptables')] }],
  ['Cilium', { pods: [cilium], settings: { ...settings, cilium: { value: 'strict' } } }],
  [
    'Calico eBPF',
    { pods: [calico], settings: { ...settings, calicoBpf: { value: true } }, kubeProxies: [configured('iptables')] },
  ],
  ['Calico eBPF', { pods: [pod({ 'k8s-app': 'calico-node' }, { environment: { FELIX_BPFENABLED: 'true' } })] }],
  ['kube-router', { pods: [pod({ 'k8s-app': 'kube-router' }, { arguments: ['--run-router=true'] })] }],
  [
    'AntreaProxy',
    {
      pods: [pod({ component: 'antrea-agent' })],
      settings: { ...settings, antrea: { value: { enable: true, proxyAll: true }, source: 'configuration', from: 'x' } },
    },
  ],
  ['OVN-Kubernetes', { pods: [pod({ app: 'ovnkube-node' }, { namespace: 'openshift-ovn-kubernetes' })] }],
])('%s carries in the place of kube-proxy, so no mode of it does', (name, observed) => {
  expect(found(observed)).toMatchObject({
    replacement: { value: { name, carries: 'everything' } },
    mode: { value: 'none', from: expect.stringContaining(name) },
  });
});

test.each<[Partial<Observed>, object]>([
  // "kubeProxyReplacement=false only enables per-packet in-cluster load-balancing of ClusterIP services" (Cilium, kubeproxy-free).
  [
    { pods: [cilium], settings: { ...settings, cilium: { value: 'false' } } },
    { name: 'Cilium', carries: 'ClusterIPs for pods' },
  ],
  [{ pods: [calico], settings: { ...settings, calicoBpf: { value: false } } }, { name: 'none' }],
  [
    {
      pods: [pod({ 'k8s-app': 'calico-node' }, { environment: { FELIX_BPFENABLED: 'false' } })],
      settings: { ...settings, calicoBpf: { value: true } },
    },
    { name: 'none' },
  ],
  [{ pods: [pod({ 'k8s-app': 'kube-router' }, { arguments: ['--run-service-proxy=false'] })] }, { name: 'none' }],
])('beside a kube-proxy that carries, %j leaves the mode to kube-proxy', (observed, replacement) => {
  expect(found({ kubeProxies: [configured('ipvs')], ...observed })).toMatchObject({
    mode: { value: 'ipvs' },
    replacement: { value: replacement },
  });
});

test.each<[object, Partial<Observed>]>([
  [readsMode, { kubeProxies: [{ node: 'one', configured: { unknown: 'needs a right', lacks: readsMode } }] }],
  [
    readsCilium,
    { pods: [cilium], settings: { ...settings, cilium: { lacks: readsCilium } }, kubeProxies: [configured('iptables')] },
  ],
  [
    readsCalico,
    { pods: [calico], settings: { ...settings, calicoBpf: { lacks: readsCalico } }, kubeProxies: [configured('iptables')] },
  ],
])('what may not be read is not assumed: %j', (right, observed) => {
  expect(found(observed).mode).toEqual({ unknown: expect.any(String), lacks: right });
});

test.each<[string, Partial<Observed>]>([
  ['nothing', {}],
  [
    'Cilium, its settings unreadable, and no kube-proxy',
    { pods: [cilium], settings: { ...settings, cilium: { lacks: readsCilium } } },
  ],
  ['Cilium without a word on the replacement', { pods: [cilium], kubeProxies: [configured('iptables')] }],
  ['MicroK8s', { nodes: [node('one', { labels: { 'microk8s.io/cluster': 'true' } })] }],
])('a cluster of which %s is known is not taken for one in a mode', (_what, observed) => {
  expect(found(observed).mode).toMatchObject({ unknown: expect.any(String) });
});

test.each([
  [pod({ app: 'metallb' }), 'MetalLB'],
  [pod({ 'svccontroller.k3s.cattle.io/svcname': 'traefik' }), 'klipper (servicelb)'],
])('who gives out addresses of LoadBalancers: %j', (one, name) => {
  expect(found({ pods: [one] }).loadBalancer).toMatchObject({ value: name, source: 'component' });
});

test('absence is never a default: of nothing, nothing is known', () => {
  const { proxyMode, cni, loadBalancer, ingressControllers, kubeProxyReplacement } = detectionsOf(found({}));
  for (const one of [proxyMode, cni, loadBalancer, ingressControllers, kubeProxyReplacement])
    expect(one).toEqual({ unknown: expect.any(String) });
  const cloud = found({ nodes: [node('one', { providerId: 'aws:///eu/i-1' })] }).loadBalancer;
  expect(cloud).toMatchObject({ value: expect.stringContaining('aws'), source: 'configuration' });
});
