import { hostname } from 'node:os';
import { expect, test } from 'vitest';
import { namespaceName, ownership, runNamespace } from '../../../src/cluster/kubeconfig/namespace.ts';
import { kubeconfigProvider } from '../../../src/cluster/kubeconfig/provider.ts';
import { everyRun } from '../../../src/cluster/kubeconfig/rights.ts';
import { obstacleWords } from '../../../src/words/obstacle.ts';
import { type FakeClusterOptions, startFakeCluster } from './fake-cluster.ts';

const node = (name: string, labels = {}) => ({
  metadata: { name, labels: { 'kubernetes.io/hostname': name, ...labels } },
  spec: {},
  status: {
    addresses: [{ type: 'InternalIP', address: '127.9.9.9' }],
    conditions: [{ type: 'Ready', status: 'True' }],
    nodeInfo: { kubeletVersion: 'v1.34.4', kernelVersion: '6.1.0' },
  },
});
const nodes = { items: [node('control', { 'node-role.kubernetes.io/control-plane': '' }), node('one'), node('two')] };
/** As kubeadm's DaemonSet makes it. */
const kubeProxy = {
  metadata: { name: 'kube-proxy-x', namespace: 'kube-system', uid: '1', labels: { 'k8s-app': 'kube-proxy' } },
  spec: {
    nodeName: 'one',
    hostNetwork: true,
    containers: [
      {
        name: 'kube-proxy',
        command: ['/usr/local/bin/kube-proxy', '--config=/var/lib/kube-proxy/config.conf', '--hostname-override=$(NODE_NAME)'],
        volumeMounts: [{ name: 'kube-proxy', mountPath: '/var/lib/kube-proxy' }],
      },
    ],
    volumes: [{ name: 'kube-proxy', configMap: { name: 'kube-proxy' } }],
  },
  status: {},
};
const objects = {
  '/version': { gitVersion: 'v1.34.4' },
  '/version/': { gitVersion: 'v1.34.4' },
  '/api/v1/nodes': nodes,
  '/api/v1/pods': { items: [kubeProxy] },
  '/api/v1/namespaces/kube-system/configmaps/kube-proxy': {
    data: { 'config.conf': 'kind: KubeProxyConfiguration\nmode: nftables\n' },
  },
  '/apis/networking.k8s.io/v1/ingressclasses': { items: [] },
  '/api/v1/namespaces/default/services/kubernetes': { spec: {} },
};

async function inspected(options: Partial<FakeClusterOptions> & { readonly allowClusterScope?: boolean } = {}) {
  await using cluster = await startFakeCluster({ objects, denied: ['create pods/portforward'], ...options });
  const { allowClusterScope = false } = options;
  const limits = await kubeconfigProvider({ kubeconfig: cluster.kubeconfig, context: 'mine', allowClusterScope }).inspect();
  return { limits, asked: cluster.asked };
}

test('the mode that is configured is the one member, others are obstacles; nothing is created', async () => {
  const { limits, asked } = await inspected();
  expect(limits.provider).toBeUndefined();
  expect(limits.families).toMatchObject([{ version: 'v1.34.4', members: [{ proxyMode: 'nftables' }] }]);
  expect(limits.proxyModes.iptables).toEqual({ code: 'runs-another-mode', mode: 'nftables' });
  expect(limits.seen.context).toBe('mine');
  expect(limits.detected?.proxyMode).toMatchObject({
    value: 'nftables',
    source: 'configuration',
    from: expect.stringContaining('ConfigMap kube-system/kube-proxy, key "config.conf"'),
  });
  expect(asked.filter((request) => !request.startsWith('GET '))).toEqual([]);
});

test('what lies outside of the namespace needs the flag, and what this machine does not reach is no way in', async () => {
  const { limits } = await inspected();
  for (const key of ['host-port', 'ingress-nginx', 'ingress-traefik'])
    expect(obstacleWords(limits.topologies[key]!).remedy).toContain('--allow-cluster-scope');
  for (const key of ['outside', 'pod/outside', 'cluster-ip/outside', 'load-balancer-l2'])
    expect(limits.topologies[key], key).toBeDefined();
  const allowed = await inspected({ allowClusterScope: true });
  expect(allowed.limits.topologies['host-port']).toBeUndefined();
  expect(allowed.limits.topologies['ingress-nginx']).toBeUndefined();
  const lacking = await inspected({ allowClusterScope: true, denied: ['escalate clusterroles'] });
  expect(lacking.limits.topologies['ingress-nginx']).toMatchObject({
    code: 'rights-missing',
    rights: [{ resources: ['clusterroles'], verbs: ['escalate'] }],
  });
});

test.each(everyRun.flatMap(({ resources: [resource], verbs }) => verbs.map((verb) => `${verb} ${resource}`)))(
  'without the right to %s nothing runs: the right and its line are told, before anything else is asked',
  async (right) => {
    const { limits, asked } = await inspected({ denied: [right] });
    const [verb, resource] = right.split(' ');
    expect(limits.provider).toMatchObject({
      code: 'rights-missing',
      context: 'mine',
      rights: [{ resources: [resource], verbs: [verb] }],
    });
    expect(asked).toEqual([]);
  },
);

test('without a look at the mode nothing is measured under its name: the line for it is told', async () => {
  const { limits } = await inspected({ forbidden: ['/api/v1/namespaces/kube-system/configmaps/kube-proxy'] });
  expect(limits.provider).toMatchObject({ code: 'mode-hidden', rights: [{ resourceNames: ['kube-proxy'] }] });
  expect(limits.families).toEqual([]);
});

test('an API server that is not there is an obstacle, not a defect', async () => {
  await using cluster = await startFakeCluster({ objects, server: 'http://127.0.0.1:1' });
  const { provider } = await kubeconfigProvider({ kubeconfig: cluster.kubeconfig, context: 'mine' }).inspect();
  expect(provider).toMatchObject({ code: 'stated', text: expect.stringContaining('127.0.0.1:1 did not answer') });
});

test('a lab that asks for more workers than there are is refused before anything is created', async () => {
  await using cluster = await startFakeCluster({ objects });
  const provider = kubeconfigProvider({ kubeconfig: cluster.kubeconfig, context: 'mine' });
  const spec = (workers: number) => ({ id: 'nftables', provider: 'kubeconfig', workers, proxyMode: 'nftables' }) as const;
  await expect(provider.preflight!([spec(2)])).resolves.toBeUndefined();
  await expect(provider.preflight!([spec(3)])).rejects.toMatchObject({
    exitCode: 3,
    remedy: expect.stringContaining('--workers 2'),
  });
  expect(cluster.asked.every((request) => request.startsWith('GET '))).toBe(true);
});

test('clean deletes what dead runs of this machine left, and no namespace of anybody else', async () => {
  const dead = withOwner({ pid: 2 ** 22 + 1 });
  const foreign = {
    ...runNamespace('shop', 'restricted'),
    metadata: { name: 'shop', labels: { 'app.kubernetes.io/managed-by': 'trafficlab' } },
  };
  expect(ownership(withOwner({}))).toBe('alive');
  expect(ownership(dead)).toBe('over');
  expect(ownership(withOwner({ host: 'another' }))).toBe('elsewhere');
  expect(ownership(foreign)).toBe('foreign');
  const name = dead.metadata!.name!;
  const [namespaces, belonging] = ['/api/v1/namespaces', { items: [] }] as const;
  await using cluster = await startFakeCluster({
    objects: {
      [namespaces]: { items: [dead, foreign, withOwner({})] },
      '/apis/networking.k8s.io/v1/ingressclasses': belonging,
      '/apis/rbac.authorization.k8s.io/v1/clusterroles': belonging,
      '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings': belonging,
    },
  });
  const swept = await kubeconfigProvider({ kubeconfig: cluster.kubeconfig, context: 'mine' }).sweep();
  expect(swept).toEqual([`namespace ${name} in mine`]);
  expect(cluster.asked.filter((request) => request.startsWith('DELETE'))).toEqual([`DELETE ${namespaces}/${name}`]);
});

function withOwner({ host = hostname(), pid = process.pid }: { readonly host?: string; readonly pid?: number }) {
  const made = runNamespace(namespaceName(), 'restricted');
  const owner = Object.fromEntries(Object.entries(made.metadata?.annotations ?? {}).map(([key]) => [key, `${host}/${pid}`]));
  return { ...made, metadata: { ...made.metadata, annotations: owner } };
}
