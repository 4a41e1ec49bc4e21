import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { kubeconfigProvider } from '../../../src/cluster/kubeconfig/provider.ts';
import { exec } from '../../../src/process/exec.ts';
import { readRun } from '../../../src/results/read.ts';
import { providerContract } from '../../contract/provider-contract.ts';
import { waysInContract } from '../../contract/ways-in-contract.ts';
import { type ExistingCluster, existingCluster } from './existing-cluster.ts';
import { obstacle, onlyRun, type Running, realMachine } from './real-machine.ts';

const MODE = 'nftables';
const cluster = obstacle === undefined ? await existingCluster() : undefined;
if (cluster) withCluster(cluster);
else test.skip(`a cluster that exists (skipped: ${obstacle})`);

function withCluster(cluster: ExistingCluster): void {
  const { kubeconfig, admin, kubectl, objects } = cluster;
  afterAll(() => cluster[Symbol.asyncDispose]());

  describe('a cluster that exists', () => {
    const asUser = (command: readonly string[]) => [...command, '--kubeconfig', kubeconfig, '--context', 'mine'];
    const lab = (name: string, ...more: readonly string[]) => asUser(['lab', name, '--provider', 'kubeconfig', ...more]);
    const ours = async () =>
      (await kubectl(['get', 'namespaces', '--output=name'])).split('\n').filter((name) => name.includes('/trafficlab'));
    let before: readonly string[];

    beforeAll(async () => {
      before = await objects();
    });
    /** Each test leaves the cluster as it was. */
    const untouched = async () => expect(await objects()).toEqual(before);

    test('the lab of its mode, with the documented rights: figures, marked with what nobody could look at; all objects as before', async () => {
      await using machine = await realMachine();
      const { exitCode, stdout, stderr } = await machine.trafficlab(lab(MODE, '--blocks', '6'));
      expect(exitCode, stderr).toBe(0);
      const said = stdout.replace(/\s+/g, ' ');
      expect(said).toContain('mode, rules, path not observed');
      expect(said).toMatch(/ClusterIP against pod IP, .*(faster|slower|equivalent|cannot tell)/);
      const run = await readRun(await onlyRun(machine.results));
      expect(run.ends).toMatchObject([{ outcome: 'complete' }]);
      expect(run.proofs.flatMap(({ problems }) => problems)).toEqual([]);
      const mode = run.proofs.find(({ subject }) => subject === 'mode');
      expect(mode).toMatchObject({
        proven: false,
        unobserved: expect.arrayContaining([expect.objectContaining({ code: 'closed-node' })]),
      });
      const places = new Set(run.cells.map(({ scenario }) => scenario));
      expect(places).toEqual(
        new Set(['pod/pod', 'cluster-ip/pod', 'node-port/pod', 'node-port/outside'].map((place) => `${MODE}/${place}`)),
      );
      expect(Object.values(run.facts)).toMatchObject([
        {
          provider: 'kubeconfig',
          detected: { proxyMode: { value: MODE, source: 'configuration', from: expect.stringContaining('ConfigMap') } },
        },
      ]);
      await untouched();
    });

    test('hop-budget from a machine with routes to pods and Services: what it adds, hop by hop, and why the rest is not there', async () => {
      await using _routes = await routes(cluster);
      await using machine = await realMachine();
      const { exitCode, stdout, stderr } = await machine.trafficlab(lab('hop-budget', '--blocks', '6'));
      expect(exitCode, stderr).toBe(0);
      const said = stdout.replace(/\s+/g, ' ');
      expect(said).toContain('NodePort from outside after ClusterIP from outside');
      expect(said).toMatch(/load-balancer-l2\/outside: trafficlab would add its own MetalLB/);
      expect(said).toMatch(/ingress-nginx.*: an IngressClass .* --allow-cluster-scope/);
      await untouched();
    });

    test('without a right: exit code 3, the right and the line that grants it, and nothing is created', async () => {
      const role = JSON.parse(await kubectl(['get', 'clusterrole', 'trafficlab', '--output=json']));
      const rules = role.rules.filter(
        ({ resources }: { readonly resources: readonly string[] }) => !resources.includes('pods/exec'),
      );
      const change = (to: readonly object[]) =>
        kubectl(['patch', 'clusterrole', 'trafficlab', '--type=merge', '--patch', JSON.stringify({ rules: to })]);
      await change(rules);
      try {
        const lacking = await objects();
        await using machine = await realMachine();
        const { exitCode, stderr } = await machine.trafficlab(lab(MODE));
        expect(exitCode, stderr).toBe(3);
        expect(stderr).toContain('lacks a right: create, get pods/exec');
        const [line = ''] = /- \{ apiGroups.*/.exec(stderr) ?? [];
        expect(parse(line)).toEqual([{ apiGroups: [''], resources: ['pods/exec'], verbs: ['create', 'get'] }]);
        expect(await objects()).toEqual(lacking);
      } finally {
        await change(role.rules);
      }
      before = await objects(); // the role has another generation now
    });

    test('Ctrl-C while load runs: the namespace is gone, and all objects are as before', async () => {
      await using machine = await realMachine();
      const running = machine.trafficlab(lab(MODE, '--duration', '2', '--blocks', '60'));
      await said(running, 'block 1 of');
      expect(await ours()).toHaveLength(1);
      process.kill(-running.child.pid!, 'SIGINT');
      const { exitCode, stderr } = await running;
      expect(exitCode, stderr).toBe(130);
      await untouched();
    });

    test('SIGKILL while load runs: clean leaves it while it lives, then deletes the namespace and tells it', async () => {
      await using machine = await realMachine();
      const running = machine.trafficlab(lab(MODE, '--duration', '2', '--blocks', '60'));
      await said(running, 'block 1 of');
      const alive = await machine.trafficlab(asUser(['clean']));
      expect(alive).toMatchObject({ exitCode: 0, stdout: 'nothing to clean\n' });
      running.child.kill('SIGKILL');
      await running;
      const [left = ''] = await ours();
      const cleaned = await machine.trafficlab(asUser(['clean']));
      expect(cleaned, cleaned.stderr).toMatchObject({ exitCode: 0, stdout: `deleted ${left.replace('/', ' ')} in mine\n` });
      await untouched();
    });
  });

  // Last, and the contract at the very end: it breaks the rules of a node by hand, and what kube-proxy makes of that is its own matter.
  const image = ['node-tools=trafficlab-ci/node-tools:1'];
  const provider = kubeconfigProvider({ kubeconfig: admin, context: 'kind-mine', allowClusterScope: true, image });
  test('whoever may forward ports hears the mode from kube-proxy itself', async () => {
    expect((await provider.inspect()).detected?.proxyMode).toMatchObject({ value: MODE, source: 'component' });
  });
  waysInContract({ provider, spec: { workers: 2, proxyMode: MODE } });
  providerContract({ provider, spec: { workers: 2, proxyMode: MODE } });
}

/** What a routed network has: the way to each node's pods by that node, and to ClusterIPs by one of them; as long as they are needed. */
async function routes({ kubectl }: ExistingCluster): Promise<AsyncDisposable> {
  const nodes: readonly { spec: { podCIDR: string }; status: { addresses: readonly { type: string; address: string }[] } }[] =
    JSON.parse(await kubectl(['get', 'nodes', '--output=json'])).items;
  const ways = nodes.map(({ spec, status }) => [
    spec.podCIDR,
    status.addresses.find(({ type }) => type === 'InternalIP')!.address,
  ]);
  const all = [...ways, ['10.96.0.0/16', ways.at(-1)![1]!]];
  for (const [to = '', via = ''] of all) await exec(['ip', 'route', 'replace', to, 'via', via]);
  return {
    [Symbol.asyncDispose]: async () => {
      for (const [to = ''] of all) await exec(['ip', 'route', 'delete', to]);
    },
  };
}

/** Waits until a command has said something, or fails with what it said when it ends before. */
async function said(running: Running, text: string): Promise<void> {
  await expect
    .poll(() => running.output.stderr.includes(text) || running.child.exitCode !== null, { timeout: 120_000, interval: 50 })
    .toBe(true);
  expect(running.output.stderr).toContain(text);
}
