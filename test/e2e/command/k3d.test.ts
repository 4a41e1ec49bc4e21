import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { imagesFor } from '../../../src/cluster/kube/images.ts';
import { fakeMachine, type Machine, recordsOf } from '../../cli/fake-machine.ts';

const TOOLS = 'ghcr.io/k3d-io/k3d-tools:5.9.0';
const all = imagesFor(undefined, [], undefined);
const images = [...Object.values(all), TOOLS];
const k3dMachine = (machine: Machine = {}) => fakeMachine({ programs: ['docker', 'k3d'], images, ...machine });
const lab = ['lab', 'nftables', '--provider', 'k3d'];
const oneLine = (text: string) => text.replace(/\s+/g, ' ');

test('doctor knows k3d, and says that it was written to documentation', async () => {
  await using fake = await k3dMachine();
  const { exitCode, stdout, stderr } = await fake.trafficlab(['doctor']);
  expect([exitCode, stderr]).toEqual([0, '']);
  const k3d = oneLine(/^k3d {2}[\s\S]*?\n\n/m.exec(stdout)?.[0] ?? '');
  expect(k3d).toContain("k3d v5.9.0 (written from k3d v5.9's documentation, not run in our CI)");
  expect(k3d).toContain('mode nftables: Kubernetes v1.34.9 (k3s)');
  expect(k3d).toContain('k3s has no kube-proxy in userspace mode');
});

test('a dry run plans the lab, and asks k3d for nothing but its version', async () => {
  await using fake = await k3dMachine();
  const { exitCode, stdout, stderr } = await fake.trafficlab([...lab, '--dry-run']);
  expect([exitCode, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/Kubernetes v1\.34\.9 \(k3s\): .*nftables/);
  expect((await fake.calls()).filter(({ program }) => program === 'k3d').map(({ args }) => args)).toEqual([['version']]);
  expect([...(await fake.ofK3d()), ...(await fake.containers())]).toEqual([]);
});

test.each([
  ['there is no k3d', { programs: ['docker'] }, 'cannot run k3d', 'Install k3d'],
  ['there is no engine', { programs: ['k3d'] }, 'no container engine answers (docker: not installed)', 'Start Docker'],
  [
    'Podman alone answers, which k3d does not speak to',
    { programs: ['podman', 'k3d'] },
    'no container engine answers',
    'Start Docker',
  ],
  ['k3d is too old', { k3dVersion: 'v5.4.9' }, 'k3d v5.4.9 does not support the configuration', 'v5.5 or newer'],
  ['the k3s image is not to be had', { images: images.filter((image) => image !== all.k3s) }, all.k3s, '--image k3s='],
  ["k3d's own image is not to be had", { images: images.filter((image) => image !== TOOLS) }, TOOLS, 'K3D_IMAGE_TOOLS='],
] as const)('where %s: exit code 3, the reason and the remedy', async (_what, machine, reason, remedy) => {
  await using fake = await k3dMachine(machine);
  const { exitCode, stderr } = await fake.trafficlab([...lab, '--dry-run']);
  expect(exitCode).toBe(3);
  expect(oneLine(stderr)).toContain(reason);
  expect(oneLine(stderr)).toContain(remedy);
});

test("the nodes asked for are the lab file's, in the mode it names, by a name that k3d takes", async () => {
  await using fake = await k3dMachine({ create: 'fails' });
  await fake.trafficlab([...lab, '--workers', '3']);
  const config = parse((await fake.calls()).find(({ args }) => args.includes('create'))!.input!);
  expect(config).toMatchObject({ agents: 3, image: all.k3s });
  expect(config.metadata.name.length).toBeLessThanOrEqual(32);
  expect(JSON.stringify(config.options.k3s.extraArgs)).toContain('proxy-mode=nftables');
});

test('a lab of servicelb is of k3d alone, and its cluster keeps servicelb', async () => {
  const target = { entry: 'load-balancer', announce: 'servicelb', from: 'outside' };
  const file = { question: 'Who carries?', proxyModes: ['iptables'], targets: [target] };
  await using fake = await k3dMachine({ create: 'fails', programs: ['docker', 'kind', 'k3d'] });
  await writeFile(join(fake.path, 'klipper.yaml'), JSON.stringify(file));
  const refused = await fake.trafficlab(['lab', './klipper.yaml', '--provider', 'kind']);
  expect(refused.exitCode).toBe(3);
  expect(oneLine(refused.stderr)).toMatch(/no servicelb here: it is part of k3s.* --provider k3d/);
  await fake.trafficlab(['lab', './klipper.yaml', '--provider', 'k3d']);
  const config = parse((await fake.calls()).find(({ args }) => args.includes('create'))!.input!);
  expect(JSON.stringify(config.options.k3s.extraArgs)).not.toContain('servicelb');
});

test.each([
  ['cluster create', { create: 'fails' }, 'failed to pull image'],
  ['cluster create, after its nodes', { create: 'fails-after-nodes' }, 'Failed Cluster Start'],
  ['kubeconfig get', { k3dFailsAt: 'kubeconfig get' }, 'no kubeconfig get today'],
  ['image import', { k3dFailsAt: 'image import' }, 'no image import today'],
] as const)('where k3d %s fails: exit code 1, what k3d said, and nothing stays but the results', async (_step, machine, said) => {
  await using fake = await k3dMachine(machine);
  const { exitCode, stdout, stderr } = await fake.trafficlab(lab);
  expect([exitCode, stdout]).toEqual([1, '']);
  expect(stderr).toContain(said);
  expect(stderr).not.toContain('internal error');
  expect([...(await fake.ofK3d()), ...(await fake.containers())]).toEqual([]);
  const [run] = await fake.runs();
  expect((await recordsOf(run!)).at(-1)).toMatchObject({
    type: 'end',
    outcome: 'failed',
    message: expect.stringContaining(said),
  });
});

test.each([
  ['its nodes are there', {}, 3],
  ['it has a network and no node', { hangsBeforeNodes: true }, 2],
] as const)('Ctrl-C while k3d creates and %s: exit code 130, and nothing stays', async (_when, machine, things) => {
  await using fake = await k3dMachine({ create: 'hangs', ...machine });
  const running = fake.trafficlab(lab);
  await expect.poll(async () => (await fake.ofK3d()).length, { timeout: 30_000, interval: 20 }).toBe(things);
  process.kill(-running.child.pid!, 'SIGINT');
  expect((await running).exitCode).toBe(130);
  expect([...(await fake.ofK3d()), ...(await fake.containers())]).toEqual([]);
});

test('logs of nodes that came up stay with the results', async () => {
  await using fake = await k3dMachine({ k3dFailsAt: 'image import' });
  await fake.trafficlab(lab);
  const [run] = await fake.runs();
  const { args } = (await fake.calls()).find(({ args: [verb] }) => verb === 'logs')!;
  const cluster = /^k3d-(trafficlab-.+-p\d+)-/.exec(args[1]!)![1]!;
  expect(await readFile(join(run!, 'logs', cluster, `${args[1]}.log`), 'utf8')).toContain('Starting k3s');
});

test('--keep keeps the cluster, and clean deletes it when its trafficlab is gone', async () => {
  await using fake = await k3dMachine({ k3dFailsAt: 'image import' });
  await fake.trafficlab([...lab, '--keep']);
  const [cluster] = await fake.ofK3d();
  const { exitCode, stdout } = await fake.trafficlab(['clean']);
  expect([exitCode, stdout]).toEqual([0, `deleted cluster ${cluster}\n`]);
  expect([...(await fake.ofK3d()), ...(await fake.containers())]).toEqual([]);
});
