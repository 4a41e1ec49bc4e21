import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { imagesFor } from '../../src/cluster/kube/images.ts';
import { fakeMachine } from './fake-machine.ts';

const all = imagesFor(undefined, [], undefined);
const images = Object.values(all);
const withoutIpvs = { '/proc/config.gz': gzipSync('# CONFIG_IP_VS is not set\n') };
const dryRun = (lab: string, ...more: readonly string[]) => ['lab', lab, '--provider', 'kind', '--dry-run', ...more];

test('proxy-modes where one mode cannot be had: skipped with the reason and the remedy, the rest is planned', async () => {
  await using fake = await fakeMachine({ images, files: withoutIpvs });
  const { exitCode, stdout, stderr } = await fake.trafficlab(dryRun('proxy-modes'));
  expect([exitCode, stderr]).toEqual([0, '']);
  const [plan, skips] = stdout.split('\nskipped\n');
  expect(skips).toContain("ipvs: the engine's kernel (6.12.54-linuxkit) has no IP_VS");
  expect(skips).toContain('remedy: ');
  expect(plan).toMatch(/family kubernetes, Kubernetes v1\.34\.11: iptables, nftables\n/);
  expect(plan).toMatch(/family kubernetes-1\.25, Kubernetes v1\.25\.16: userspace, iptables\n/);
  expect(plan).not.toContain('ipvs/');
});

test('a dry run creates nothing: no results, no container, no cluster', async () => {
  await using fake = await fakeMachine({ images });
  expect((await fake.trafficlab(dryRun('iptables'))).exitCode).toBe(0);
  expect(await fake.runs()).toEqual([]);
  expect([...(await fake.clusters()), ...(await fake.containers())]).toEqual([]);
  expect((await fake.calls()).filter(({ program }) => program === 'kind')).toEqual([
    expect.objectContaining({ args: ['version', '-q'] }),
  ]);
});

test('a kernel that says nothing of IP_VS is not refused: the proof of the mode decides', async () => {
  await using fake = await fakeMachine({ images });
  const { exitCode, stdout } = await fake.trafficlab(dryRun('ipvs'));
  expect(exitCode).toBe(0);
  expect(stdout).toContain('ipvs/cluster-ip/pod');
});

test('images that only a registry has are pulled, and the plan says so', async () => {
  await using fake = await fakeMachine({ images: [all.client], registry: images });
  const { exitCode, stdout } = await fake.trafficlab(dryRun('iptables'));
  expect(exitCode).toBe(0);
  expect(stdout.replace(/\s+/g, ' ')).toContain(`pulls ${all.node}`);
});

test('TRAFFICLAB_IMAGES names images, --image comes after it, --kubernetes chooses a node', async () => {
  const node = 'kindest/node:v1.30.0';
  const own = 'kindest/node:v1.31.9';
  await using fake = await fakeMachine({ images: [...images, node, own, all.node.replace(/:.*/, ':v1.33.1')] });
  const env = { TRAFFICLAB_IMAGES: ` node=${node} , client=${all.client}` };
  expect((await fake.trafficlab(dryRun('iptables'), env)).stdout).toContain('family kubernetes, Kubernetes v1.30.0');
  const both = await fake.trafficlab(dryRun('iptables', '--image', `node=${own}`), env);
  expect(both.stdout).toContain('family kubernetes, Kubernetes v1.31.9');
  expect(both.stdout).toContain(`--image node=${own}`);
  const version = await fake.trafficlab(dryRun('iptables', '--kubernetes', '1.33.1'));
  expect(version.stdout).toContain('family kubernetes, Kubernetes v1.33.1');
});

test('more Services than kind makes are skipped, never pretended', async () => {
  await using fake = await fakeMachine({ images });
  const { exitCode, stderr } = await fake.trafficlab(dryRun('service-scale'));
  expect(exitCode).toBe(3);
  expect(stderr).toContain('--provider netns');
});

test.each([
  ['--version', /^\d+\.\d+\.\d+\n$/],
  ['--help', /^Usage: trafficlab /],
  ['lab --help', /^Usage: trafficlab lab .*--dry-run/s],
  ['compare --help', /^Usage: trafficlab compare .*--force/s],
  ['clean --help', /^Usage: trafficlab clean/],
  ['run --help', /^Usage: trafficlab run .*--family/s],
  ['lab', /^iptables +What .*\nipvs +What /ms],
])('trafficlab %s answers on stdout, asks no engine, exit code 0', async (args, answer) => {
  await using fake = await fakeMachine();
  expect(await fake.trafficlab(args.split(' '))).toEqual({ exitCode: 0, stdout: expect.stringMatching(answer), stderr: '' });
  expect(await fake.calls()).toEqual([]);
});

test('the options of the help are those of the command, none is hidden', async () => {
  await using fake = await fakeMachine();
  const { stdout } = await fake.trafficlab(['lab', '--help']);
  for (const option of ['provider', 'connections', 'duration', 'kubernetes', 'image', 'kind', 'kind-userspace', 'keep', 'reuse'])
    expect(stdout).toContain(`--${option} `);
});
