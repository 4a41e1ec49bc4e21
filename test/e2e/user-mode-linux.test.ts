import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inspectSandbox } from '../../src/cluster/fabric/inspect.ts';
import { signalSandbox } from '../../src/cluster/fabric/signal-sandbox.ts';
import { userModeLinuxPrefix } from '../../src/cluster/fabric/user-mode-linux.ts';
import { exec, execLines } from '../../src/process/exec.ts';

const program = (await exec(['sh', '-c', 'command -v linux.uml'], { accept: 'any' })).stdout;
const missing = program === '' || (await inspectSandbox()) !== undefined;

describe.skipIf(missing)('User-Mode Linux', () => {
  const prefix = userModeLinuxPrefix({ program, memoryMiB: 512 });

  it('runs a command in another kernel with the folder, the environment, the streams and the exit code of this one', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'trafficlab-uml-'));
    const script = 'uname -r; pwd; echo "$GREETING"; echo problem >&2; echo written > file; test -t 1 || exit 7';
    const options = { cwd: directory, env: { GREETING: 'a  b\nc' }, accept: [7] };
    const ended = await exec([...prefix, 'sh', '-c', script], options);
    const [release, ...lines] = ended.stdout.split('\n');
    expect(release).not.toBe((await exec(['uname', '-r'])).stdout);
    expect(lines).toEqual([directory, 'a  b', 'c']);
    expect(ended.stderr).toBe('problem');
    expect((await exec(['cat', join(directory, 'file')])).stdout).toBe('written');
    await rm(directory, { recursive: true });
  });

  it('has the kernel modules that ipvs mode needs', async () => {
    const script = 'ipvsadm -A -t 10.96.0.1:80 -s rr && ip link add kube-ipvs0 type dummy && cat /proc/net/ip_vs';
    expect((await exec([...prefix, 'sh', '-c', script])).stdout).toMatch(/^TCP {2}0A600001:0050 rr/m);
  });

  it('passes a signal on to the command', async () => {
    const script =
      "process.on('SIGINT', () => { console.log('stopped'); process.exit(3); }); console.log('up'); setInterval(() => {}, 9);";
    const seen: string[] = [];
    const run = async () => {
      for await (const line of execLines([...prefix, process.execPath, '-e', script], { accept: [3] })) {
        seen.push(line);
        if (line === 'up') await signalSandbox(process.pid, 'SIGINT');
      }
    };
    await run();
    expect(seen).toEqual(['up', 'stopped']);
  });

  it('shows what the kernel said when it ends without an exit code', async () => {
    const ended = await exec([...prefix, 'sh', '-c', 'echo c > /proc/sysrq-trigger'], { accept: 'any' });
    expect(ended.exitCode).toBe(1);
    expect(ended.stderr).toContain('Kernel panic');
  });
});
