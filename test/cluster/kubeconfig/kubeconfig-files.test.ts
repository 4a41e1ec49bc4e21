import { spawnSync } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readKubeconfig } from '../../../src/cluster/kubeconfig/kubeconfig-file.ts';
import { readKubeconfigs } from '../../../src/cluster/kubeconfig/kubeconfig-files.ts';
import { UnavailableError } from '../../../src/errors.ts';
import { folderOfTest } from '../../support/folder.ts';

const kubeadm = (name: string, port: number) => `
clusters: [{ name: kubernetes, cluster: { server: "https://127.0.0.1:${port}", certificate-authority: ca.crt } }]
contexts: [{ name: "${name}@kubernetes", context: { cluster: kubernetes, user: kubernetes-admin } }]
users: [{ name: kubernetes-admin, user: { token: ${name} } }]
current-context: "${name}@kubernetes"
`;

async function folderOf(files: Readonly<Record<string, string>>) {
  const folder = await folderOfTest('kubeconfig');
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(folder, name, '..'), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  const list = (...names: readonly string[]) => ({ KUBECONFIG: names.map((name) => name && join(folder, name)).join(delimiter) });
  return { folder, list };
}

// "Organizing Cluster Access Using kubeconfig Files": the first file to set a map key wins, and other values of it are discarded.
test('cases 2.1: the first file wins for each name, and the contexts of both can be used', async () => {
  const { folder, list } = await folderOf({ 'a/config': kubeadm('one', 1), 'b/config': kubeadm('two', 2) });
  const read = await readKubeconfigs(undefined, list('a/config', 'b/config'));
  expect([...read.contexts.keys()]).toEqual(['one@kubernetes', 'two@kubernetes']);
  expect(read.clusters.get('kubernetes')).toMatchObject({ entry: { server: 'https://127.0.0.1:1' }, folder: join(folder, 'a') });
  expect(read.users.get('kubernetes-admin')?.entry.token).toBe('one');
  const turned = await readKubeconfigs(undefined, list('b/config', 'a/config'));
  expect(turned.clusters.get('kubernetes')).toMatchObject({
    entry: { server: 'https://127.0.0.1:2' },
    folder: join(folder, 'b'),
  });
});

test('cases 2.2: the same file twice, empty entries and missing files of the list are no errors; an empty file holds nothing', async () => {
  const { list } = await folderOf({ a: kubeadm('one', 1), empty: '', comment: '# nothing yet\n' });
  const read = await readKubeconfigs(undefined, list('a', '', 'a', 'gone', 'empty', 'comment', 'a/gone'));
  expect([...read.contexts.keys()]).toEqual(['one@kubernetes']);
});

test('cases 2.2: a list of missing files and --kubeconfig of one are clear errors', async () => {
  const { folder, list } = await folderOf({});
  await expect(readKubeconfigs(undefined, list('x', 'y'))).rejects.toThrow('none of the files in KUBECONFIG exists');
  await expect(readKubeconfigs(undefined, { KUBECONFIG: delimiter })).rejects.toThrow('KUBECONFIG contains no path');
  await expect(readKubeconfigs(join(folder, 'x'), list('a'))).rejects.toThrow(`${join(folder, 'x')} does not exist`);
  await expect(readKubeconfigs('', {})).rejects.toThrow(UnavailableError);
});

test('cases 10: only regular files of a bounded size are read, by symbolic links too', async () => {
  const { folder } = await folderOf({ a: kubeadm('one', 1), large: `# ${'x'.repeat(5 * 2 ** 20)}\n` });
  const at = (name: string) => join(folder, name);
  spawnSync('mkfifo', [at('fifo')]);
  await symlink(at('a'), at('link'));
  await symlink('/dev/zero', at('zero'));
  await symlink(at('loop'), at('loop'));
  expect([...(await readKubeconfigs(at('link'), {})).contexts.keys()]).toEqual(['one@kubernetes']);
  for (const name of ['fifo', 'zero', '.', 'loop', 'large'])
    await expect(readKubeconfigs(at(name), {}), name).rejects.toThrow(UnavailableError);
  await expect(readKubeconfigs(at('n'.repeat(300)), {})).rejects.toThrow('its name is too long');
  await expect(readKubeconfigs('a\0b', {})).rejects.toThrow(UnavailableError);
});

test.each([
  ['clusters: 5', 'clusters'],
  ['clusters: {}', 'clusters'],
  ['users: [5]', 'users[0]'],
  ['contexts: [{ name: 5, context: {} }]', 'contexts[0].name'],
  ['contexts: [{ context: {} }]', 'contexts[0].name'],
  ['clusters: [{ name: a, cluster: { server: 5 } }]', 'clusters[0].cluster.server'],
  ['clusters: [{ name: a, cluster: [] }]', 'clusters[0].cluster'],
  ['users: [{ name: a, user: { exec: { command: [x] } } }]', 'users[0].user.exec'],
  ['users: [{ name: a }, { name: a }]', 'users: the name "a" appears twice'],
  ['a: [', 'is not a valid kubeconfig file'],
  ['\t\tx', 'is not a valid kubeconfig file'],
  ['just words', 'contains no kubeconfig'],
  ['clusters: &a [*a, *a]', 'clusters[0]'],
  [
    `x1: &a [x,x,x,x,x,x,x,x,x]\n${[...'bcdefghij'].map((one, at) => `${one}: &${one} [${Array(9).fill(`*${'abcdefghi'[at]}`)}]`).join('\n')}`,
    'is not a valid kubeconfig file',
  ],
  ['['.repeat(20_000), 'is not a valid kubeconfig file'],
])('a malformed kubeconfig is one clear line: %j', (text, said) => {
  const read = () => readKubeconfig(text, 'config');
  expect(read).toThrow(UnavailableError);
  expect(read).toThrow(said);
  expect(read).not.toThrow(/\n/);
});

test('anchors, merge keys, JSON and keys without a value are read as client-go reads them', () => {
  const text = `
x: &base { server: "https://127.0.0.1:1", insecure-skip-tls-verify: true }
clusters: [{ name: a, cluster: { <<: *base, tls-server-name: b } }]
users:
contexts: [{ name: c, context: { cluster: a, user: } }]`;
  const read = readKubeconfig(text, 'config');
  expect(read.clusters.get('a')).toMatchObject({ server: 'https://127.0.0.1:1', 'tls-server-name': 'b' });
  expect(read.contexts.get('c')).toMatchObject({ cluster: 'a', user: null });
  expect(readKubeconfig(JSON.stringify({ clusters: [{ name: 'a', cluster: { server: 's' } }] }), 'config').clusters.size).toBe(1);
});

test('whatever a kubeconfig holds, it is read or refused in one line, and never a defect', () => {
  const junk = fc.jsonValue({ maxDepth: 4 });
  const entry = fc.oneof(junk, fc.record({ name: fc.oneof(junk, fc.constant('a')), cluster: junk, user: junk, context: junk }));
  const file = fc.record({ clusters: fc.array(entry), users: fc.array(entry), contexts: fc.oneof(junk, fc.array(entry)) });
  const attempt = (text: string) => {
    try {
      readKubeconfig(text, 'config');
    } catch (error) {
      expect(error).toBeInstanceOf(UnavailableError);
      expect((error as Error).message).not.toContain('\n');
    }
  };
  fc.assert(
    fc.property(fc.oneof(file, junk), (value) => attempt(JSON.stringify(value))),
    { numRuns: 300 },
  );
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), attempt), { numRuns: 300 });
});
