import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { imagesFor } from '../../src/cluster/kube/images.ts';
import { fakeMachine, type Machine } from './fake-machine.ts';

const images = Object.values(imagesFor(undefined, [], undefined));
const kernelConfig = (text: string) => ({ '/proc/config.gz': gzipSync(text) });
const withoutIpvs = kernelConfig('CONFIG_NET=y\n# CONFIG_IP_VS is not set\n');
const onKind = ['--provider', 'kind'];

/** Runs a command that must be refused in one line, with nothing created. */
async function refused(machine: Machine, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  await using fake = await fakeMachine(machine);
  const { exitCode, stdout, stderr } = await fake.trafficlab(args, env);
  expect(stdout).toBe('');
  expect(await readdir(fake.path)).not.toContain('results');
  expect((await fake.calls()).filter(({ program, args: [verb] }) => program === 'kind' && verb === 'create')).toEqual([]);
  return { exitCode, stderr };
}

const oneLine = (text: string): void => expect(text.trimEnd().split('\n')).toHaveLength(1);

test('no engine: one line with what was tried and what to do, exit code 3', async () => {
  const { exitCode, stderr } = await refused({ programs: [] }, ['lab', 'iptables', ...onKind]);
  expect(exitCode).toBe(3);
  oneLine(stderr);
  expect(stderr).toMatch(
    /^trafficlab: kind cannot run the lab iptables: no container engine answers \(docker, podman, nerdctl: not installed\)/,
  );
  expect(stderr).toContain('Start Docker, Podman or nerdctl');
});

test('a client without a server is no engine, and what it says is told', async () => {
  const { exitCode, stderr } = await refused({ programs: ['docker', 'kind'], engines: [] }, ['lab', 'iptables', ...onKind]);
  expect(exitCode).toBe(3);
  oneLine(stderr);
  expect(stderr).toContain('docker: Cannot connect to the Docker daemon at unix:///var/run/docker.sock.');
});

test('KIND_EXPERIMENTAL_PROVIDER names the only engine that is asked', async () => {
  const machine = { programs: ['docker', 'kind'] as const };
  const { exitCode, stderr } = await refused(machine, ['lab', 'iptables', ...onKind], { KIND_EXPERIMENTAL_PROVIDER: 'podman' });
  expect(exitCode).toBe(3);
  expect(stderr).toContain('(podman: not installed)');
  const unknown = await refused(machine, ['lab', 'iptables', ...onKind], { KIND_EXPERIMENTAL_PROVIDER: 'finch' });
  expect(unknown).toMatchObject({
    exitCode: 3,
    stderr: expect.stringContaining('KIND_EXPERIMENTAL_PROVIDER=finch is not one of'),
  });
});

test('an engine but no kind: exit code 3 and where to get it', async () => {
  const { exitCode, stderr } = await refused({ programs: ['docker'] }, ['lab', 'iptables', ...onKind]);
  expect(exitCode).toBe(3);
  oneLine(stderr);
  expect(stderr).toContain('cannot run kind (not found: kind)');
  expect(stderr).toContain('https://kind.sigs.k8s.io/');
});

test.each(['docker', 'podman', 'nerdctl'] as const)(
  'ipvs on %s whose kernel, elsewhere, has no IP_VS: found out by a throw-away container',
  async (engine) => {
    const machine: Machine = { programs: [engine, 'kind'], images, files: withoutIpvs, kernel: '6.12.54-linuxkit' };
    const { exitCode, stderr } = await refused(machine, ['lab', 'ipvs', ...onKind]);
    expect(exitCode).toBe(3);
    oneLine(stderr);
    expect(stderr).toContain("the engine's kernel (6.12.54-linuxkit) has no IP_VS");
    expect(stderr).toContain('CONFIG_IP_VS');
  },
);

test('nftables on a kernel before 5.13: exit code 3', async () => {
  const machine: Machine = { images, kernel: '5.4.0-216-generic', files: withoutIpvs };
  const { exitCode, stderr } = await refused(machine, ['lab', 'nftables', ...onKind]);
  expect(exitCode).toBe(3);
  oneLine(stderr);
  expect(stderr).toContain("the engine's kernel is 5.4.0-216-generic, and nftables mode needs 5.13 or newer");
});

test('an image that is neither here nor in a registry: exit code 3 and how to name another', async () => {
  const { exitCode, stderr } = await refused({ images: [], registry: [] }, ['lab', 'iptables', ...onKind]);
  expect(exitCode).toBe(3);
  expect(stderr).toContain('image node:24-slim is neither in docker nor in its registry');
  expect(stderr).toContain('--image client=REFERENCE');
});

test('an engine too small for the nodes: exit code 3 before any of them', async () => {
  await using fake = await fakeMachine({ images, memoryMiB: 1_000 });
  const { exitCode, stderr } = await fake.trafficlab(['lab', 'iptables', ...onKind]);
  expect(exitCode).toBe(3);
  expect(stderr).toContain('3 nodes need about 1800 MiB, 1000 MiB are available');
  expect((await fake.calls()).filter(({ args: [verb] }) => verb === 'create')).toEqual([]);
});

test.each([
  [
    '--image bogus=x',
    ['lab', 'iptables', '--image', 'bogus=x'],
    /"bogus=x" is not an image of trafficlab.*node, node-userspace, k3s, client/,
  ],
  ['an unknown provider', ['lab', 'iptables', '--provider', 'minikube'], /no such provider: "minikube".*Choose one of kind/],
  [
    'an unknown option',
    ['lab', 'iptables', '--conections', '4'],
    /unknown option '--conections'\n\(Did you mean --connections\?\)/,
  ],
  ['an unknown command', ['lap', 'iptables'], /unknown command 'lap'\n\(Did you mean lab\?\)/],
  ['an option without its value', ['lab', 'iptables', '--provider'], /argument missing/],
  ['a value out of range', ['lab', 'iptables', '--connections', '0'], /--connections 0: .*1/],
  ['a value that is no number', ['lab', 'iptables', '--blocks', 'many'], /--blocks many: /],
  ['a wrong lab name', ['lab', 'iptabels'], /no such lab: iptabels; the nearest is iptables.*Use one of /],
  ['a lab file without its path', ['lab', 'own'], /no lab own, but there is a file own\.yaml.*\.\/own\.yaml/],
  ['a lab file that is not there', ['lab', './mine.yaml'], /mine\.yaml cannot be read/],
])('%s: exit code 2, and no engine is asked', async (_what, args, message) => {
  await using fake = await fakeMachine({ images });
  await writeFile(join(fake.path, 'own.yaml'), '');
  const { exitCode, stdout, stderr } = await fake.trafficlab(args);
  expect([exitCode, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(message);
  expect(await fake.calls()).toEqual([]);
});

test('a lab file with five mistakes: five errors with their positions, exit code 2, nothing asked or created', async () => {
  const file = fileURLToPath(new URL('../fixtures/labs/five-mistakes.yaml', import.meta.url));
  await using fake = await fakeMachine({ images });
  const { exitCode, stdout, stderr } = await fake.trafficlab(['lab', file, ...onKind]);
  expect([exitCode, stdout]).toEqual([2, '']);
  const positions = [...stderr.matchAll(/five-mistakes\.yaml:(\d+:\d+): \S/g)].map(([, position]) => position);
  expect(positions).toEqual(['2:24', '4:3', '5:15', '8:5', '11:16']);
  expect(await fake.calls()).toEqual([]);
  expect(await fake.runs()).toEqual([]);
});

test('TRAFFICLAB_IMAGES that cannot be read: exit code 2 with the part that is wrong', async () => {
  const { exitCode, stderr } = await refused({ images }, ['lab', 'iptables', ...onKind], {
    TRAFFICLAB_IMAGES: 'node=kindest/node:v1.30.0,clinet=x',
  });
  expect(exitCode).toBe(2);
  expect(stderr).toContain('"clinet=x" is not an image of trafficlab');
});

test('a lab file of the user asks for a mode by a word that is none: the words that are', async () => {
  await using fake = await fakeMachine({ images });
  await writeFile(join(fake.path, 'mine.yaml'), 'question: Which?\nproxyModes: [ebpf]\ntargets: [{ entry: pod }]\n');
  const { exitCode, stderr } = await fake.trafficlab(['lab', './mine.yaml']);
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/mine\.yaml:2:14: .*allowed: userspace, iptables/);
});
