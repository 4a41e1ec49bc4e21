import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { imagesFor } from '../../src/cluster/kube/images.ts';
import { fakeMachine } from './fake-machine.ts';

const images = Object.values(imagesFor(undefined, [], undefined));

test('a new lab file says how to run it, and runs as it is', async () => {
  await using fake = await fakeMachine({ images });
  const written = await fake.trafficlab(['new', 'mine']);
  expect([written.exitCode, written.stderr]).toEqual([0, '']);
  expect(written.stdout).toContain('npm run lab ./mine.yaml');
  const plan = await fake.trafficlab(['lab', './mine.yaml', '--provider', 'kind', '--dry-run']);
  expect([plan.exitCode, plan.stderr]).toEqual([0, '']);
  expect(plan.stdout).toContain('nftables/cluster-ip/pod');
});

test('a file that is there already is left as it is', async () => {
  await using fake = await fakeMachine({ images });
  await fake.trafficlab(['new', 'mine', '--lab', 'ipvs']);
  const before = await readFile(join(fake.path, 'mine.yaml'), 'utf8');
  const again = await fake.trafficlab(['new', 'mine']);
  expect(again.exitCode).toBe(2);
  expect(again.stderr).toMatch(/mine\.yaml already exists\. Choose another name, or delete it first\n$/);
  expect(await readFile(join(fake.path, 'mine.yaml'), 'utf8')).toBe(before);
});

test.each([
  [['new', '../mine'], '"../mine" is not a valid lab name'],
  [['new', 'ipvs'], 'ipvs is a built-in lab'],
  [['new', 'mine', '--lab', 'ipsv'], 'no such lab: ipsv; the nearest is ipvs'],
])('%j is refused and writes nothing', async (argv, said) => {
  await using fake = await fakeMachine({ images });
  const before = await readdir(fake.path);
  const { exitCode, stderr } = await fake.trafficlab(argv);
  expect(exitCode).toBe(2);
  expect(stderr).toContain(said);
  expect(await readdir(fake.path)).toEqual(before);
});
