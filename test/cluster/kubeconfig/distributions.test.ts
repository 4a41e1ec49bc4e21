import { expect, test } from 'vitest';
import type { Detections } from '../../../src/cluster/contract/provider.ts';
import { kubeconfigProvider } from '../../../src/cluster/kubeconfig/provider.ts';
import { startFakeCluster } from './fake-cluster.ts';

interface Distribution {
  readonly pods?: readonly object[];
  readonly maps?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly secrets?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly version?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly nodeLabels?: Readonly<Record<string, string>>;
  readonly forbidden?: readonly string[];
  readonly more?: Readonly<Record<string, object>>;
}

const KUBE_SYSTEM = '/api/v1/namespaces/kube-system';

async function detected(one: Distribution): Promise<{ readonly detections: Detections; readonly modes: readonly string[] }> {
  const node = (name: string) => ({
    metadata: {
      name,
      labels: { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux', ...one.nodeLabels },
      annotations: one.annotations ?? {},
    },
    spec: {},
    status: {
      addresses: [{ type: 'InternalIP', address: '127.9.9.9' }],
      conditions: [{ type: 'Ready', status: 'True' }],
      nodeInfo: { kubeletVersion: one.version ?? 'v1.34.4', kernelVersion: '6.1.0' },
    },
  });
  const data = (kind: string, maps: Distribution['maps'] = {}) =>
    Object.fromEntries(Object.entries(maps).map(([name, entries]) => [`${KUBE_SYSTEM}/${kind}/${name}`, { data: entries }]));
  await using cluster = await startFakeCluster({
    objects: {
      '/version': { gitVersion: one.version ?? 'v1.34.4' },
      '/version/': { gitVersion: one.version ?? 'v1.34.4' },
      '/api/v1/nodes': { items: [node('one'), node('two')] },
      '/api/v1/pods': { items: one.pods ?? [] },
      '/apis/networking.k8s.io/v1/ingressclasses': { items: [] },
      '/api/v1/namespaces/default/services/kubernetes': { spec: {} },
      ...data('configmaps', one.maps),
      ...data('secrets', one.secrets),
      ...one.more,
    },
    denied: ['create pods/portforward'],
    forbidden: one.forbidden ?? [],
  });
  const { detected, families, provider } = await kubeconfigProvider({
    kubeconfig: cluster.kubeconfig,
    context: 'mine',
  }).inspect();
  if (!detected) throw new Error(provider?.code);
  return { detections: detected, modes: families.flatMap(({ members }) => members.map(({ proxyMode }) => proxyMode)) };
}

interface PodParts {
  readonly labels: Readonly<Record<string, string>>;
  readonly container: object;
  readonly volumes?: readonly object[];
  readonly on?: string;
  readonly name?: string;
  readonly namespace?: string;
}

const pod = ({ labels, container, volumes = [], on = 'one', name = 'kube-proxy', namespace = 'kube-system' }: PodParts) => ({
  metadata: { name: `${name}-${on}`, namespace, uid: `${namespace}/${name}/${on}`, labels },
  spec: { nodeName: on, hostNetwork: true, containers: [{ name, ...container }], volumes },
  status: { phase: 'Running', podIP: '127.9.9.9' },
});
const daemonSet = (parts: PodParts) => [pod(parts), pod({ ...parts, on: 'two' })];
const config = (mode: string) => `apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nmode: ${mode}\n`;
const proxy = { 'k8s-app': 'kube-proxy' };
const staticProxy = { component: 'kube-proxy', tier: 'node' };
const mounted = (mountPath: string, more: object = {}) => ({ volumeMounts: [{ name: 'config', mountPath, ...more }] });
const kubeadm = (mode: string): Distribution => ({
  pods: daemonSet({
    labels: proxy,
    container: {
      command: ['/usr/local/bin/kube-proxy', '--config=/var/lib/kube-proxy/config.conf', '--hostname-override=$(NODE_NAME)'],
      env: [{ name: 'NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }],
      ...mounted('/var/lib/kube-proxy'),
    },
    volumes: [{ name: 'config', configMap: { name: 'kube-proxy' } }],
  }),
  maps: { 'kube-proxy': { 'config.conf': config(mode), 'kubeconfig.conf': 'kind: Config' } },
});
const gke =
  'exec kube-proxy --master=https://192.0.2.1 --v=2 --iptables-sync-period=1m --detect-local-mode=NodeCIDR 1>>/var/log/kube-proxy.log 2>&1';

test.each<[string, Distribution, string]>([
  ['kubeadm, minikube and Docker Desktop', kubeadm('"ipvs"'), 'ipvs'],
  ['kubeadm with a comment after the mode', kubeadm("'ipvs' # was iptables"), 'ipvs'],
  ['kubeadm with an empty mode', kubeadm('""'), 'iptables'],
  [
    'kubeadm with a configuration in JSON',
    { ...kubeadm('x'), maps: { 'kube-proxy': { 'config.conf': '{"kind":"KubeProxyConfiguration","mode":"nftables"}' } } },
    'nftables',
  ],
  [
    'EKS: another ConfigMap, another key',
    {
      pods: daemonSet({
        labels: proxy,
        container: {
          command: ['kube-proxy', '--v=2', '--config=/var/lib/kube-proxy-config/config'],
          volumeMounts: [
            { name: 'kubeconfig', mountPath: '/var/lib/kube-proxy/' },
            { name: 'config', mountPath: '/var/lib/kube-proxy-config/' },
          ],
        },
        volumes: [
          { name: 'kubeconfig', configMap: { name: 'kube-proxy' } },
          { name: 'config', configMap: { name: 'kube-proxy-config' } },
        ],
      }),
      maps: { 'kube-proxy': { kubeconfig: 'kind: Config' }, 'kube-proxy-config': { config: config('ipvs') } },
    },
    'ipvs',
  ],
  [
    'GKE: a static pod with a shell line, and no mode',
    { pods: daemonSet({ labels: staticProxy, container: { command: ['/bin/sh', '-c', gke] } }) },
    'iptables',
  ],
  [
    'AKS: flags in args',
    {
      pods: daemonSet({
        labels: staticProxy,
        container: { command: ['kube-proxy'], args: ['--conntrack-max-per-core=0', '--proxy-mode', 'ipvs'] },
      }),
    },
    'ipvs',
  ],
  [
    'kOps: go-runner',
    {
      pods: daemonSet({
        labels: proxy,
        container: {
          command: ['/go-runner', '--log-file=/var/log/kube-proxy.log', '/usr/local/bin/kube-proxy', '--proxy-mode=nftables'],
        },
      }),
    },
    'nftables',
  ],
  [
    'RKE2: a static pod',
    {
      version: 'v1.34.1+rke2r1',
      annotations: { 'rke2.io/node-args': '["server"]' },
      pods: daemonSet({
        labels: { component: 'kube-proxy', tier: 'control-plane' },
        container: { command: ['kube-proxy'], args: ['--proxy-mode=ipvs', '--cluster-cidr=10.42.0.0/16'] },
      }),
    },
    'ipvs',
  ],
  [
    "k0s: the image's entrypoint",
    {
      version: 'v1.34.1+k0s',
      pods: daemonSet({
        labels: proxy,
        container: {
          image: 'quay.io/k0sproject/kube-proxy:v1.34.1',
          args: ['--config=/var/lib/kube-proxy/config.conf'],
          ...mounted('/var/lib/kube-proxy'),
        },
        volumes: [{ name: 'config', configMap: { name: 'kube-proxy' } }],
      }),
      maps: { 'kube-proxy': { 'config.conf': config('nftables') } },
    },
    'nftables',
  ],
  [
    'Talos: flags',
    {
      pods: daemonSet({
        labels: { ...proxy, tier: 'node' },
        container: { command: ['/usr/local/bin/kube-proxy', '--proxy-mode=nftables', '--conntrack-max-per-core=0'] },
      }),
    },
    'nftables',
  ],
  [
    'k3s',
    { version: 'v1.34.1+k3s1', annotations: { 'k3s.io/node-args': '["server","--kube-proxy-arg","proxy-mode=ipvs"]' } },
    'ipvs',
  ],
  [
    'Cilium beside a kube-proxy',
    {
      ...kubeadm('ipvs'),
      pods: [...(kubeadm('ipvs').pods ?? []), ...daemonSet({ labels: { 'k8s-app': 'cilium' }, container: {}, name: 'cilium' })],
      maps: { ...kubeadm('ipvs').maps, 'cilium-config': { 'kube-proxy-replacement': 'false' } },
    },
    'ipvs',
  ],
  [
    'kube-router as the network only (k0s)',
    {
      ...kubeadm('ipvs'),
      pods: [
        ...(kubeadm('ipvs').pods ?? []),
        ...daemonSet({
          labels: { 'k8s-app': 'kube-router' },
          container: { args: ['--run-service-proxy=false'] },
          name: 'kube-router',
        }),
      ],
    },
    'ipvs',
  ],
  [
    'items, subPath and a projected volume',
    {
      pods: daemonSet({
        labels: proxy,
        container: {
          command: ['kube-proxy', '--config', '/etc/kp/conf.d/main'],
          ...mounted('/etc/kp/conf.d/main', { subPath: 'deep/file' }),
        },
        volumes: [
          {
            name: 'config',
            projected: {
              sources: [
                { serviceAccountToken: {} },
                { configMap: { name: 'other' } },
                { secret: { name: 'kp', items: [{ key: 'k', path: 'deep/file' }] } },
              ],
            },
          },
        ],
      }),
      maps: { other: {} },
      secrets: { kp: { k: Buffer.from(config('ipvs')).toString('base64') } },
    },
    'ipvs',
  ],
  [
    'a variable out of a ConfigMap',
    {
      pods: daemonSet({
        labels: proxy,
        container: {
          command: ['kube-proxy', '--proxy-mode=$(MODE)'],
          env: [{ name: 'MODE', valueFrom: { configMapKeyRef: { name: 'settings', key: 'mode' } } }],
        },
      }),
      maps: { settings: { mode: 'ipvs' } },
    },
    'ipvs',
  ],
  [
    '--config, and a flag beside it that is ignored (options.go, Complete)',
    {
      ...kubeadm('iptables'),
      pods: daemonSet({
        labels: proxy,
        container: {
          command: ['/bin/sh', '-c', 'kube-proxy --v=2 --config=/var/lib/kube-proxy/config.conf --proxy-mode=ipvs'],
          ...mounted('/var/lib/kube-proxy'),
        },
        volumes: [{ name: 'config', configMap: { name: 'kube-proxy' } }],
      }),
    },
    'iptables',
  ],
])('cases 1: the mode of %s', async (_name, distribution, mode) => {
  const { detections, modes } = await detected(distribution);
  expect(detections.proxyMode).toMatchObject({ value: mode, source: 'configuration' });
  expect(modes).toEqual([mode]);
});

const withVolume = (volume: object): Distribution => ({
  ...kubeadm('ipvs'),
  pods: daemonSet({
    labels: proxy,
    container: { command: ['kube-proxy', '--config=/etc/kp/config'], ...mounted('/etc/kp') },
    volumes: [{ name: 'config', ...volume }],
  }),
});

test.each<[string, Distribution, string]>([
  ['MicroK8s', { nodeLabels: { 'microk8s.io/cluster': 'true' } }, 'MicroK8s'],
  ['a file of the node', withVolume({ hostPath: { path: '/etc/kube-proxy' } }), '/etc/kube-proxy/config'],
  ['a file made by an init container', withVolume({ emptyDir: {} }), 'created when the pod starts'],
  ['a ConfigMap without the key', withVolume({ configMap: { name: 'kube-proxy' } }), '/etc/kp/config is not in the volume'],
  ['a missing ConfigMap', withVolume({ configMap: { name: 'gone' } }), 'ConfigMap gone'],
  [
    'a file of the image',
    {
      pods: daemonSet({
        labels: proxy,
        container: { command: ['kube-proxy', '--config=/etc/kp/config'] },
        volumes: [{ name: 'x', emptyDir: {} }],
      }),
    },
    'part of the image',
  ],
  ['a script of the image', { pods: daemonSet({ labels: proxy, container: { command: ['/run.sh'] } }) }, '/run.sh'],
  ['a mode that does not exist', kubeadm('IPTables'), '"IPTables"'],
  ['a mode that is a list', kubeadm('[ipvs]'), 'not a string'],
  ['a configuration that is no YAML', kubeadm('"ipvs'), 'cannot be parsed'],
  ['an empty configuration', { ...kubeadm(''), maps: { 'kube-proxy': { 'config.conf': '' } } }, 'no KubeProxyConfiguration'],
  [
    'another first document',
    { ...kubeadm(''), maps: { 'kube-proxy': { 'config.conf': `kind: KubeletConfiguration\n---\n${config('ipvs')}` } } },
    'KubeletConfiguration',
  ],
  [
    'nodes that differ',
    {
      pods: [
        pod({ labels: proxy, container: { command: ['kube-proxy', '--proxy-mode=ipvs'] } }),
        pod({ labels: proxy, on: 'two', container: { command: ['kube-proxy'] } }),
      ],
    },
    'nodes differ: ipvs on one; iptables on two',
  ],
  ['Kubernetes 1.40 without a mode', { ...kubeadm(''), version: 'v1.40.0' }, 'default in v1.40.0'],
])('cases 1: %s is not found out, and nothing is measured', async (_name, distribution, why) => {
  const { detections, modes } = await detected(distribution);
  expect(detections.proxyMode).toEqual({ unknown: expect.stringContaining(why) });
  expect(modes).toEqual([]);
});

test.each<[string, Distribution, string]>([
  [
    'OpenShift',
    {
      pods: daemonSet({
        labels: { app: 'ovnkube-node' },
        container: {},
        name: 'ovnkube-node',
        namespace: 'openshift-ovn-kubernetes',
      }),
    },
    'OVN-Kubernetes',
  ],
  [
    'Cilium without kube-proxy',
    {
      pods: daemonSet({ labels: { 'k8s-app': 'cilium' }, container: {}, name: 'cilium' }),
      maps: { 'cilium-config': { 'kube-proxy-replacement': 'true' } },
    },
    'Cilium',
  ],
  [
    'kube-router',
    {
      pods: daemonSet({
        labels: { 'k8s-app': 'kube-router' },
        container: { args: ['--run-router=true', '--run-service-proxy=true'] },
        name: 'kube-router',
      }),
    },
    'kube-router',
  ],
  [
    'Antrea with proxyAll',
    {
      pods: daemonSet({
        labels: { app: 'antrea', component: 'antrea-agent' },
        container: { ...mounted('/etc/antrea/antrea-agent.conf', { subPath: 'antrea-agent.conf' }) },
        volumes: [{ name: 'config', configMap: { name: 'antrea-config' } }],
        name: 'antrea-agent',
      }),
      maps: { 'antrea-config': { 'antrea-agent.conf': 'antreaProxy:\n  # all of it\n  proxyAll: true\n' } },
    },
    'AntreaProxy',
  ],
  [
    'Calico eBPF',
    {
      pods: daemonSet({ labels: { 'k8s-app': 'calico-node' }, container: {}, name: 'calico-node' }),
      more: { '/apis/crd.projectcalico.org/v1/felixconfigurations/default': { spec: { bpfEnabled: true } } },
    },
    'Calico eBPF',
  ],
])('cases 1: on %s no kube-proxy carries', async (_name, distribution, who) => {
  const { detections, modes } = await detected(distribution);
  expect(detections.proxyMode).toMatchObject({ value: 'none' });
  expect(detections.kubeProxyReplacement).toMatchObject({ value: who });
  expect(modes).toEqual([]);
});

test('cases 1: a configuration that may not be read is unknown, with the right that shows it', async () => {
  const forbidden = [`${KUBE_SYSTEM}/configmaps/kube-proxy`];
  const { detections } = await detected({ ...kubeadm('ipvs'), forbidden });
  expect(detections.proxyMode).toEqual({ unknown: expect.stringContaining('resourceNames: ["kube-proxy"]') });
});
