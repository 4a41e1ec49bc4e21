import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { execPlugin } from '../../../src/cluster/kubeconfig/exec-plugin.ts';
import type { ExecEntry } from '../../../src/cluster/kubeconfig/kubeconfig-file.ts';
import { UnavailableError } from '../../../src/errors.ts';
import { folderOfTest } from '../../support/folder.ts';

const V1 = 'client.authentication.k8s.io/v1';
const answer = (status: object, more: object = {}) => JSON.stringify({ apiVersion: V1, kind: 'ExecCredential', status, ...more });

/** A plugin that runs a line of JavaScript. */
async function plugin(script: string, more: Partial<ExecEntry> = {}) {
  const folder = await folderOfTest('exec-plugin');
  await writeFile(join(folder, 'plugin.mjs'), script);
  const entry: ExecEntry = { apiVersion: V1, command: process.execPath, args: [join(folder, 'plugin.mjs')], ...more };
  const cluster = { name: 'c', server: 'https://127.0.0.1:6443', skipTLSVerify: false };
  return execPlugin({ context: 'mine', plugin: { entry, folder }, cluster, timeoutMs: 2_000 });
}
const printing = (text: string) => `process.stdout.write(${JSON.stringify(text)})`;

async function headersOf(made: ReturnType<typeof plugin>): Promise<Record<string, unknown>> {
  const request: { headers?: Record<string, unknown> } = {};
  await (await made).applyAuthentication({ name: 'u' }, request as never);
  return request.headers ?? {};
}

test('cases 10: an exec plugin is run as kubectl runs it: with its environment and KUBERNETES_EXEC_INFO', async () => {
  const script = `const { spec } = JSON.parse(process.env.KUBERNETES_EXEC_INFO);
    console.log(JSON.stringify({ apiVersion: '${V1}', kind: 'ExecCredential', status: { token: [process.env.WHO, spec.interactive, spec.cluster?.server].join() } }))`;
  const made = plugin(script, { env: [{ name: 'WHO', value: 'me' }], provideClusterInfo: true });
  expect(await headersOf(made)).toEqual({ Authorization: 'Bearer me,false,https://127.0.0.1:6443' });
});

test('cases 10: an answer that expires is asked for again', async () => {
  const script = `console.log(JSON.stringify({ apiVersion: '${V1}', kind: 'ExecCredential', status: { token: String(process.pid), expirationTimestamp: '2001-01-01T00:00:00Z' } }))`;
  const made = plugin(script);
  expect(await headersOf(made)).not.toEqual(await headersOf(made));
});

test.each<[string, string, Partial<ExecEntry>, string]>([
  ['no JSON', printing('hello'), {}, 'did not return JSON'],
  ['nothing', '', {}, 'returned nothing'],
  ['null', printing('null'), {}, 'did not return an ExecCredential'],
  ['a list', printing('[]'), {}, 'did not return an ExecCredential'],
  [
    'no status',
    printing(JSON.stringify({ apiVersion: V1, kind: 'ExecCredential' })),
    {},
    'did not return an ExecCredential: status',
  ],
  ['another kind', printing(answer({ token: 'x' }, { kind: 'Pod' })), {}, 'did not return an ExecCredential: kind'],
  ['another version', printing(answer({ token: 'x' }, { apiVersion: 'x/v1' })), {}, 'returned x/v1'],
  ['no credential', printing(answer({})), {}, 'neither a token nor a certificate'],
  ['a number as token', printing(answer({ token: 5 })), {}, 'status.token'],
  ['a token of two lines', printing(answer({ token: 'a\nb' })), {}, 'not allowed in an HTTP header'],
  ['half a certificate', printing(answer({ clientCertificateData: 'x' })), {}, 'neither a token nor a certificate'],
  ['no PEM', printing(answer({ clientCertificateData: 'x', clientKeyData: 'y' })), {}, 'not PEM'],
  [
    'invalid expirationTimestamp',
    printing(answer({ token: 'x', expirationTimestamp: 'soon' })),
    {},
    'invalid expirationTimestamp',
  ],
  ['exit code 3', 'console.error("first\\nno session"); process.exit(3)', {}, 'failed with exit code 3: no session'],
  ['a hang', 'setInterval(() => {}, 1000)', {}, 'did not answer within 2 s'],
  ['a question', printing(answer({ token: 'x' })), { interactiveMode: 'Always' }, 'needs a terminal'],
  ['nobody', '', { command: 'no-such-plugin' }, 'is not installed'],
  ['a missing file', '', { command: './no-such-plugin' }, 'no-such-plugin'],
  ['a folder', '', { command: '/' }, 'failed'],
])('cases 10: an exec plugin that answers %s is one clear line, exit code 3', async (_what, script, more, said) => {
  const error = await plugin(script, more).then(
    () => undefined,
    (one: unknown) => one,
  );
  expect(error).toBeInstanceOf(UnavailableError);
  expect(error).toMatchObject({ exitCode: 3, message: expect.stringContaining(said) });
  expect((error as Error).message).not.toContain('\n');
});
