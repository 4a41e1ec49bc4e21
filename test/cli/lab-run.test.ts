import { expect, test } from 'vitest';
import { imagesFor } from '../../src/cluster/kube/images.ts';
import { fakeMachine, recordsOf } from './fake-machine.ts';

const images = Object.values(imagesFor(undefined, [], undefined));
const lab = ['lab', 'iptables', '--provider', 'kind'];
const optionOf = (args: readonly string[], option: string): string => args[args.indexOf(option) + 1]!;

test.each([
  ['fails', 'ERROR: failed to create cluster: failed to pull image .* Command Output: Error response from daemon: Get '],
  ['fails-after-nodes', 'ERROR: failed to create cluster: could not find a log line that matches'],
] as const)('kind create %s: exit code 1, what kind said, and nothing stays but the results', async (create, said) => {
  await using fake = await fakeMachine({ images, create });
  const { exitCode, stdout, stderr } = await fake.trafficlab(lab);
  expect([exitCode, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(
    new RegExp(`\\ntrafficlab: kind could not create cluster trafficlab-iptables-[0-9a-f]{6}-p\\d+: ${said}`),
  );
  expect(stderr).not.toContain('defect');

  const kind = (await fake.calls()).filter(({ program }) => program === 'kind').map(({ args }) => args);
  const created = kind.find(([verb]) => verb === 'create')!;
  const deleted = kind.find(([verb]) => verb === 'delete')!;
  expect(optionOf(deleted, '--name')).toBe(optionOf(created, '--name'));
  expect(optionOf(deleted, '--kubeconfig')).toBe(optionOf(created, '--kubeconfig'));
  expect(await fake.clusters()).toEqual([]);

  const [run] = await fake.runs();
  expect(await recordsOf(run!)).toEqual([
    expect.objectContaining({ type: 'end', outcome: 'failed', message: expect.stringContaining('ERROR: failed to create') }),
  ]);
  expect(stderr).toContain(`results: ${run}`);
  const compared = await fake.trafficlab(['compare', run!]);
  expect([compared.exitCode, compared.stderr]).toEqual([0, '']);
  expect(compared.stdout).toContain('failed');
});

test("the nodes asked for are the lab file's, in the mode it names", async () => {
  await using fake = await fakeMachine({ images, create: 'fails' });
  await fake.trafficlab([...lab, '--workers', '3']);
  const created = (await fake.calls()).find(({ args: [verb] }) => verb === 'create')!;
  expect(created.input).toContain('kubeProxyMode: iptables');
  expect(created.input!.match(/role: worker/g)).toHaveLength(3);
});

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s while kind creates: exit code 130, the cluster deleted, the run readable',
  async (signal) => {
    await using fake = await fakeMachine({ images, create: 'hangs' });
    const running = fake.trafficlab(lab);
    await until(async () => (await fake.clusters()).length === 1);
    running.child.kill(signal);
    const { exitCode, stdout, stderr } = await running;
    expect([exitCode, stdout]).toEqual([130, '']);
    expect(stderr).toContain(`${signal}: stopping; what was created is taken down`);
    expect(await fake.clusters()).toEqual([]);
    const deleted = (await fake.calls()).find(({ args: [verb] }) => verb === 'delete')!;
    expect(deleted.args).toContain('--kubeconfig');
    const [run] = await fake.runs();
    expect(await recordsOf(run!)).toEqual([expect.objectContaining({ type: 'end', outcome: 'interrupted' })]);
    expect(await fake.trafficlab(['compare', run!])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('interrupted'),
    });
  },
);

// A terminal sends Ctrl-C to every process of the command, those that clean up included.
test('Ctrl-C pressed twice: what was created is taken down all the same', async () => {
  await using fake = await fakeMachine({ images, create: 'hangs', deleteMs: 1_500 });
  const running = fake.trafficlab(lab);
  await until(async () => (await fake.clusters()).length === 1);
  process.kill(-running.child.pid!, 'SIGINT');
  await until(async () => (await fake.calls()).some(({ args: [verb] }) => verb === 'delete'));
  process.kill(-running.child.pid!, 'SIGINT');
  expect(await running).toMatchObject({ exitCode: 130, stderr: expect.stringContaining('still taking down') });
  expect(await fake.clusters()).toEqual([]);
});

async function until(condition: () => Promise<boolean>): Promise<void> {
  await expect.poll(condition, { timeout: 30_000, interval: 20 }).toBe(true);
}
