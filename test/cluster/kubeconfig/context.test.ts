import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isLocal } from '../../../src/cluster/kubeconfig/context.ts';
import { kubeconfigProvider } from '../../../src/cluster/kubeconfig/provider.ts';
import { startFakeCluster } from './fake-cluster.ts';

test.each([
  ['https://127.0.0.1:6443', true],
  ['https://127.8.8.8', true],
  ['https://localhost:37235', true],
  ['https://[::1]:6443', true],
  ['https://10.0.0.1:6443', false],
  ['https://127.0.0.1.example.com', false],
  ['https://localhost.example.com:6443', false],
  ['https://kind-kind', false],
  ['nonsense', false],
])('%s is on this machine: %s', (server, local) => expect(isLocal(server)).toBe(local));

test('without a context nothing is sent, though the file has a current one; its contexts are told', async () => {
  await using cluster = await startFakeCluster({ objects: {} });
  const limits = await kubeconfigProvider({ kubeconfig: cluster.kubeconfig }).inspect();
  expect(limits.provider).toMatchObject({
    reason: expect.stringContaining('no context is named'),
    remedy: expect.stringContaining('mine'),
  });
  expect(cluster.asked).toEqual([]);
});

test('an API server elsewhere must be named twice, for inspecting and for cleaning', async () => {
  await using cluster = await startFakeCluster({ objects: {}, server: 'https://192.0.2.1:6443' });
  const options = { kubeconfig: cluster.kubeconfig, context: 'mine' };
  for (const yesIMean of [undefined, 'other']) {
    const provider = kubeconfigProvider({ ...options, ...(yesIMean ? { yesIMean } : {}) });
    expect((await provider.inspect()).provider?.remedy).toContain('--yes-i-mean mine');
    await expect(provider.sweep()).rejects.toMatchObject({ exitCode: 2, remedy: expect.stringContaining('--yes-i-mean mine') });
  }
});

test('a context that is not there is told with those that are; without one, there is nothing to clean', async () => {
  await using cluster = await startFakeCluster({ objects: {} });
  const { kubeconfig } = cluster;
  const provider = kubeconfigProvider({ kubeconfig, context: 'yours' });
  expect((await provider.inspect()).provider).toMatchObject({
    reason: expect.stringContaining('no context "yours"'),
    remedy: expect.stringContaining('mine'),
  });
  await expect(provider.sweep()).rejects.toThrow('no context "yours"');
  expect(await kubeconfigProvider({ kubeconfig }).sweep()).toEqual([]);
});

test('a kubeconfig file that cannot be read is an obstacle with its name', async () => {
  const { provider } = await kubeconfigProvider({ kubeconfig: '/nowhere/config', context: 'mine' }).inspect();
  expect(provider?.reason).toContain('/nowhere/config');
});

test.each([
  ['', 'cannot be read as a kubeconfig file: it holds no kubeconfig'],
  ['# my clusters\n', 'cannot be read as a kubeconfig file: it holds no kubeconfig'],
  ['clusters: [~]\n', 'cannot be read as a kubeconfig file: it holds no kubeconfig'],
  ['[1, 2]\n', 'has no context "mine"'],
])('a kubeconfig file of %j is told to be none, with what to do', async (text, said) => {
  const folder = await mkdtemp(join(tmpdir(), 'trafficlab-kubeconfig-'));
  try {
    const kubeconfig = join(folder, 'config');
    await writeFile(kubeconfig, text);
    const { provider } = await kubeconfigProvider({ kubeconfig, context: 'mine' }).inspect();
    expect(provider).toEqual({ reason: `${kubeconfig} ${said}`, remedy: expect.stringMatching(/^name (another|one): /) });
  } finally {
    await rm(folder, { recursive: true });
  }
});
