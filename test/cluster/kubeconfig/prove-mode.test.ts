import { expect, test } from 'vitest';
import type { Host } from '../../../src/cluster/contract/host.ts';
import { proveMode } from '../../../src/cluster/kubeconfig/prove-mode.ts';

const open = (name: string, said: string): Host => ({
  name,
  role: 'worker',
  address: '10.0.0.1',
  exec: async ([program]) => {
    if (program === 'curl') return { exitCode: 0, stdout: said, stderr: '' };
    return { exitCode: 0, stdout: program === 'nft' ? 'table ip kube-proxy' : '', stderr: '' };
  },
  inNetwork: async () => ({ exitCode: 1, stdout: '', stderr: '' }),
  async *lines() {},
});
const closed = (name: string): Host => ({ ...open(name, ''), closed: 'cluster-scope-not-allowed' });
const forward = { portForward: async () => Promise.reject(new Error('refused')) } as never;
const found = { value: 'nftables', source: 'configuration', from: 'ConfigMap x' } as const;
const prove = (nodes: readonly Host[]) => proveMode({ forward }, { mode: 'nftables', nodes, found });

test('a mode that the kernel of every node shows is observed in the kernel', async () => {
  const { problems, detected } = await prove([open('one', 'nftables'), open('two', 'nftables')]);
  expect(problems).toEqual([]);
  expect(detected).toEqual({ value: 'nftables', source: 'kernel', from: 'the rules on one, two' });
});

test('nodes that nobody can look into leave the mode as it was found', async () => {
  const { problems, detected, unobserved } = await prove([open('one', 'nftables'), closed('two')]);
  expect(problems).toEqual([]);
  expect(detected).toBeUndefined();
  expect(unobserved.map(({ code }) => code)).toEqual(['kube-proxy-not-asked', 'closed-node']);
});

test('a word to the contrary is a failure, and the mode is unknown', async () => {
  const { problems, detected } = await prove([open('one', 'ipvs'), open('two', 'nftables')]);
  expect(problems).toHaveLength(1);
  expect(detected).toEqual({ unknown: expect.any(String), problem: expect.objectContaining({ node: 'one' }) });
});
