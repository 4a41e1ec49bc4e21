import { describe, expect, test } from 'vitest';
import { imagesFor } from '../../../src/cluster/kube/images.ts';
import { type ProgressEvent, progressEvent } from '../../../src/progress/events.ts';
import { fakeMachine, recordsOf } from '../../cli/fake-machine.ts';

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
  expect(stderr).not.toContain('internal error');

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
    expect(stderr).toContain(`${signal}: stopping: deleting cluster iptables on kind`);
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
  expect(await running).toMatchObject({
    exitCode: 130,
    stderr: expect.stringMatching(/still deleting; press Ctrl-C again .* delete cluster iptables on kind with: npm run clean/),
  });
  expect(await fake.clusters()).toEqual([]);
});

describe('--json', () => {
  const events = (stdout: string): ProgressEvent[] =>
    stdout
      .trimEnd()
      .split('\n')
      .map((line) => progressEvent.parse(JSON.parse(line)));

  test('a run that fails ends in a result that says so, with the exit code to come', async () => {
    await using fake = await fakeMachine({ images, create: 'fails' });
    const { exitCode, stdout } = await fake.trafficlab([...lab, '--json']);
    expect(exitCode).toBe(1);
    const [first, ...rest] = events(stdout);
    expect([first?.type, rest.some(({ type }) => type === 'step')]).toEqual(['plan', true]);
    expect(rest.at(-1)).toMatchObject({
      type: 'result',
      outcome: 'failed',
      exitCode,
      message: expect.stringContaining('ERROR: failed to create'),
    });
  });

  test('--quiet leaves the plan and the result', async () => {
    await using fake = await fakeMachine({ images, create: 'fails' });
    const { stdout } = await fake.trafficlab([...lab, '--json', '--quiet']);
    expect(events(stdout).map(({ type }) => type)).toEqual(['plan', 'result']);
  });

  test('Ctrl-C is an interrupted result', async () => {
    await using fake = await fakeMachine({ images, create: 'hangs' });
    const running = fake.trafficlab([...lab, '--json']);
    await until(async () => (await fake.clusters()).length === 1);
    running.child.kill('SIGINT');
    const { exitCode, stdout } = await running;
    expect(exitCode).toBe(130);
    expect(events(stdout).at(-1)).toMatchObject({ type: 'result', outcome: 'interrupted', exitCode });
  });

  test('a dry run is its plan', async () => {
    await using fake = await fakeMachine({ images });
    const { exitCode, stdout, stderr } = await fake.trafficlab([...lab, '--json', '--dry-run']);
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(events(stdout)).toEqual([expect.objectContaining({ type: 'plan', lab: 'iptables' })]);
    expect(stdout).not.toContain('"directory"');
  });
});

async function until(condition: () => Promise<boolean>): Promise<void> {
  await expect.poll(condition, { timeout: 30_000, interval: 20 }).toBe(true);
}
