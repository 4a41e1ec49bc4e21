import { describe, expect, test } from 'vitest';
import { containersOf, obstacle, onlyRun, type Running, realMachine } from './real-machine.ts';

// The smallest lab, and windows long enough to be stopped in.
const lab = ['lab', 'smoke', '--provider', 'kind'];
const longLab = [...lab, '--duration', '2', '--blocks', '60'];

describe.skipIf(obstacle !== undefined)(`stopping a lab on real kind${obstacle ? ` (skipped: ${obstacle})` : ''}`, () => {
  test('Ctrl-C while the cluster comes up: nothing stays, exit code 130, the run says interrupted', async () => {
    await using machine = await realMachine();
    const running = machine.trafficlab(lab);
    await said(running, 'Starting control-plane');
    pressCtrlC(running);
    expect((await running).exitCode, running.output.stderr).toBe(130);
    expect(await containersOf(running.child.pid!)).toEqual([]);
    const compared = await machine.trafficlab(['compare', await onlyRun(machine.results)]);
    expect(compared).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('interrupted') });
  });

  test('Ctrl-C twice while load runs: cluster and client gone, exit code 130, what was measured is read', async () => {
    await using machine = await realMachine();
    const running = machine.trafficlab(longLab);
    await said(running, 'block 2 of');
    expect(await containersOf(running.child.pid!)).toHaveLength(3); // two nodes and the client
    pressCtrlC(running);
    await said(running, 'deleting clusters iptables');
    pressCtrlC(running);
    const { exitCode, stdout, stderr } = await running;
    expect(exitCode, stderr).toBe(130);
    expect(stdout).toContain('iptables');
    expect(await containersOf(running.child.pid!)).toEqual([]);
    const compared = await machine.trafficlab(['compare', await onlyRun(machine.results)]);
    expect(compared.exitCode, compared.stderr).toBe(0);
    expect(compared.stdout).toContain('interrupted');
  });

  test('SIGKILL while load runs, then clean: gone, and the run is read as one that died', async () => {
    await using machine = await realMachine();
    const running = machine.trafficlab(longLab);
    await said(running, 'block 1 of');
    running.child.kill('SIGKILL');
    await running;
    const left = await containersOf(running.child.pid!);
    expect(left).toHaveLength(3);
    const cleaned = await machine.trafficlab(['clean']);
    expect(cleaned.exitCode, cleaned.stderr).toBe(0);
    expect(cleaned.stdout).toContain(`-p${running.child.pid}\n`);
    expect(cleaned.stdout).toContain(`-p${running.child.pid}-client\n`);
    expect(await containersOf(running.child.pid!)).toEqual([]);
    const compared = await machine.trafficlab(['compare', await onlyRun(machine.results)]);
    expect(compared).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('ended early') });
  });
});

/** What a terminal does: the signal goes to every process of the command, not to the first alone. */
function pressCtrlC({ child }: Running): void {
  process.kill(-child.pid!, 'SIGINT');
}

/** Waits until a command has said something, or fails with what it said when it ends before. */
async function said(running: Running, text: string): Promise<void> {
  await expect
    .poll(() => running.output.stderr.includes(text) || running.child.exitCode !== null, { timeout: 300_000, interval: 50 })
    .toBe(true);
  expect(running.output.stderr).toContain(text);
}
