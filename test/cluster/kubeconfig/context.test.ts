import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { openContext } from '../../../src/cluster/kubeconfig/context.ts';
import { kubeconfigProvider } from '../../../src/cluster/kubeconfig/provider.ts';
import { folderOfTest } from '../../support/folder.ts';
import { startFakeCluster } from './fake-cluster.ts';

test('without a context nothing is sent, though the file has a current one; its contexts are told', async () => {
  await using cluster = await startFakeCluster({ objects: {} });
  const limits = await kubeconfigProvider({ kubeconfig: cluster.kubeconfig }).inspect();
  expect(limits.provider).toMatchObject({
    code: 'stated',
    text: expect.stringContaining('--context is required'),
    remedy: expect.stringContaining('mine'),
  });
  expect(cluster.asked).toEqual([]);
});

test('an API server elsewhere must be named twice, for inspecting and for cleaning', async () => {
  await using cluster = await startFakeCluster({ objects: {}, server: 'https://192.0.2.1:6443' });
  const options = { kubeconfig: cluster.kubeconfig, context: 'mine' };
  for (const yesIMean of [undefined, 'other']) {
    const provider = kubeconfigProvider({ ...options, ...(yesIMean ? { yesIMean } : {}) });
    expect((await provider.inspect()).provider).toMatchObject({ remedy: expect.stringContaining('--yes-i-mean mine') });
    await expect(provider.sweep()).rejects.toMatchObject({ exitCode: 2, remedy: expect.stringContaining('--yes-i-mean mine') });
  }
});

test('a context that is not there is told with those that are; without one, there is nothing to clean', async () => {
  await using cluster = await startFakeCluster({ objects: {} });
  const { kubeconfig } = cluster;
  const provider = kubeconfigProvider({ kubeconfig, context: 'yours' });
  expect((await provider.inspect()).provider).toMatchObject({
    code: 'stated',
    text: expect.stringContaining('no context "yours"'),
    remedy: expect.stringContaining('mine'),
  });
  await expect(provider.sweep()).rejects.toThrow('no context "yours"');
  expect(await kubeconfigProvider({ kubeconfig }).sweep()).toEqual([]);
});

test('a kubeconfig file that cannot be read is an obstacle with its name', async () => {
  const { provider } = await kubeconfigProvider({ kubeconfig: '/nowhere/config', context: 'mine' }).inspect();
  expect(provider).toMatchObject({ code: 'stated', text: expect.stringContaining('/nowhere/config') });
});

test.each([
  ['', 'is not a valid kubeconfig file: it contains no kubeconfig'],
  ['# my clusters\n', 'is not a valid kubeconfig file: it contains no kubeconfig'],
  ['clusters: [~]\n', 'is not a valid kubeconfig file: clusters[0]: Invalid input: expected object, received null'],
  ['[1, 2]\n', 'is not a valid kubeconfig file: it contains no kubeconfig'],
])('a kubeconfig file of %j is told to be none, with what to do', async (text, said) => {
  const folder = await mkdtemp(join(tmpdir(), 'trafficlab-kubeconfig-'));
  try {
    const kubeconfig = join(folder, 'config');
    await writeFile(kubeconfig, text);
    const { provider } = await kubeconfigProvider({ kubeconfig, context: 'mine' }).inspect();
    expect(provider).toEqual({
      code: 'stated',
      text: `${kubeconfig} ${said}`,
      remedy: expect.stringMatching(/^(correct the file|use another file)/),
    });
  } finally {
    await rm(folder, { recursive: true });
  }
});

/** A kubeconfig file with one cluster and one user. */
async function contextOf(cluster: object, user: object = {}) {
  const kubeconfig = join(await folderOfTest('context'), 'config');
  const config = {
    clusters: [{ name: 'c', cluster }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'mine', context: { cluster: 'c', user: 'u' } }],
  };
  await writeFile(kubeconfig, JSON.stringify(config));
  return { kubeconfig, context: 'mine' };
}

test.each(['http://203.0.113.9:3128', 'socks5://proxy.example.com:1080', 'https://me:secret@proxy.example.com'])(
  'cases 10: an API server on this machine behind the proxy %s is named twice, or nothing is sent',
  async (proxy) => {
    const asked = await contextOf({ server: 'https://127.0.0.1:6443', 'proxy-url': proxy });
    const refused = openContext(asked);
    await expect(refused).rejects.toMatchObject({ exitCode: 3, remedy: expect.stringContaining('--yes-i-mean mine') });
    await expect(refused).rejects.not.toThrow('secret');
    expect((await openContext({ ...asked, yesIMean: 'mine' })).server).toBe('https://127.0.0.1:6443');
  },
);

test('cases 10: a proxy on this machine leaves the cluster on this machine', async () => {
  const asked = await contextOf({ server: 'https://127.0.0.1:6443', 'proxy-url': 'socks5://localhost:1080' });
  expect((await openContext(asked)).server).toBe('https://127.0.0.1:6443');
});

test('cases 10: the exec plugin of a cluster elsewhere runs only once that cluster is allowed', async () => {
  const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: './no-such-plugin' };
  const asked = await contextOf({ server: 'https://192.0.2.1:6443' }, { exec });
  await expect(openContext(asked)).rejects.toThrow('is not on this machine');
  await expect(openContext({ ...asked, yesIMean: 'mine' })).rejects.toThrow('no-such-plugin');
});

// clientcmd reads a user's credentials only where the transport is TLS (IsConfigTransportTLS).
test('cases 2.4: http to this machine works, and sends no credentials, as kubectl does', async () => {
  const seen: unknown[] = [];
  const server = createServer((request, response) => {
    seen.push(request.headers.authorization);
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ gitVersion: 'v1.34.4' }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: './no-such-plugin' };
  const asked = await contextOf(
    { server: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` },
    { token: 'secret', exec },
  );
  const { client } = await openContext(asked);
  expect((await client.version.getCode()).gitVersion).toBe('v1.34.4');
  expect(seen).toEqual([undefined]);
  server.closeAllConnections();
  server.close();
});

test.each<[string, object, object, string]>([
  ['no server', {}, {}, 'has no API server'],
  ['a server that is no URL', { server: 'somewhere' }, {}, 'not an https or http URL'],
  ['a server of another scheme', { server: 'ftp://127.0.0.1' }, {}, 'not an https or http URL'],
  ['a proxy that is no URL', { server: 'https://127.0.0.1', 'proxy-url': '10.0.0.1:3128' }, {}, 'has the proxy'],
  [
    'a certificate authority that is missing',
    { server: 'https://127.0.0.1', 'certificate-authority': 'gone' },
    {},
    'gone does not exist',
  ],
  ['/dev/zero as certificate', { server: 'https://127.0.0.1' }, { 'client-certificate': '/dev/zero' }, 'not a regular file'],
  ['a missing token file', { server: 'https://127.0.0.1' }, { tokenFile: 'gone' }, 'gone does not exist'],
  ['a removed auth-provider', { server: 'https://127.0.0.1' }, { 'auth-provider': { name: 'gcp' } }, 'auth-provider "gcp"'],
  ['impersonated groups', { server: 'https://127.0.0.1' }, { as: 'x', 'as-groups': ['y'] }, 'impersonates a user'],
])('a context with %s is told in one line, exit code 3', async (_what, cluster, user, said) => {
  const error = await openContext(await contextOf(cluster, user)).catch((one: unknown) => one);
  expect(error).toMatchObject({ exitCode: 3, message: expect.stringContaining(said) });
  expect((error as Error).message).not.toContain('\n');
});

test('paths start at the folder of their own file', async () => {
  const asked = await contextOf({ server: 'https://127.0.0.1', 'certificate-authority': 'ca.crt' }, { tokenFile: 'token' });
  const folder = dirname(asked.kubeconfig);
  await writeFile(join(folder, 'ca.crt'), 'ca');
  await writeFile(join(folder, 'token'), 'mine');
  expect((await openContext(asked)).context).toBe('mine');
});
