import { KubeConfig } from '@kubernetes/client-node';
import { expect, test } from 'vitest';
import { clientOf } from '../../../src/cluster/kube/client.ts';
import { InterruptedError, TimeoutError } from '../../../src/errors.ts';
import { silentServer } from '../../fakes/silent-server.ts';

/** The clients of a cluster behind a plain address, with calls that may take so long. */
function clientAt(server: string, timeoutMs: number, user: object = {}) {
  const config = new KubeConfig();
  config.loadFromOptions({
    clusters: [{ name: 'c', server, skipTLSVerify: true }],
    users: [{ name: 'u', ...user }],
    contexts: [{ name: 'x', cluster: 'c', user: 'u' }],
    currentContext: 'x',
  });
  return clientOf(config, 'apply', { timeoutMs });
}

test.each(['after-accept', 'within-body'] as const)(
  'cases 9.1: a call to a server that is silent %s ends at its deadline, and says which call',
  async (silence) => {
    await using server = await silentServer(silence);
    const client = await clientAt(server.url, 50);
    const error = await client.version.getCode().catch((thrown: Error) => thrown);
    expect(error).toBeInstanceOf(TimeoutError);
    expect((error as Error).message).toBe(`the API server at ${server.url} did not answer within 0.05 s: GET /version`);
  },
);

test.each(['after-accept', 'within-body'] as const)(
  'cases 9.1: a signal ends a call to a server that is silent %s',
  async (silence) => {
    await using server = await silentServer(silence);
    const stop = new AbortController();
    const client = (await clientAt(server.url, 60_000)).until(stop.signal);
    const call = client.version.getCode();
    call.catch(() => {});
    await expect.poll(() => server.requests.length).toBe(1);
    stop.abort();
    await expect(call).rejects.toBeInstanceOf(InterruptedError);
    await expect(client.core.listNode()).rejects.toBeInstanceOf(InterruptedError);
    expect(server.requests).toHaveLength(1);
  },
);

test('deleting goes on after the signal: the client that is not bound to it still calls', async () => {
  await using server = await silentServer('busy-twice');
  const client = await clientAt(server.url, 5_000);
  client.until(AbortSignal.abort());
  expect((await client.version.getCode()).gitVersion).toBe('v1.34.0');
});

test('an answer 429 is asked again when it says, as client-go does (KEP-1040)', async () => {
  await using server = await silentServer('busy-twice');
  const client = await clientAt(server.url, 5_000);
  expect((await client.version.getCode()).gitVersion).toBe('v1.34.0');
  expect(server.requests).toHaveLength(3);
});

test('what apply could not do for want of an answer is told as that, not as a refusal', async () => {
  await using server = await silentServer('after-accept');
  const client = await clientAt(server.url, 50);
  const made = client.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'n' } });
  await expect(made).rejects.toBeInstanceOf(TimeoutError);
});

test('a connection that is reset is an error at once', async () => {
  await using server = await silentServer('resets');
  const client = await clientAt(server.url, 60_000);
  await expect(client.version.getCode()).rejects.toThrow(/ECONNRESET|socket hang up/);
});

test('a credential plugin that never ends is bounded as well', async () => {
  await using server = await silentServer('busy-twice');
  const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'sleep', args: ['1'], interactiveMode: 'Never' };
  const client = await clientAt(server.url, 50, { exec });
  await expect(client.version.getCode()).rejects.toThrow('did not answer within 0.05 s: credentials of the kubeconfig user');
  expect(server.requests).toEqual([]);
});
