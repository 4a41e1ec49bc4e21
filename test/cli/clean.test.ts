import { spawn, spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { fakeMachine } from './fake-machine.ts';

/** The id of a process that has ended. */
const deadPid = (): number => spawnSync(process.execPath, ['-e', '']).pid;
const label = (cluster: string) => [`dev.trafficlab.cluster=${cluster}`];

test('clean deletes clusters and containers whose trafficlab is gone, and nothing else', async () => {
  const left = `trafficlab-iptables-0a1b2c-p${deadPid()}`;
  const recycled = 'trafficlab-ipvs-0a1b2c-p1'; // process 1 lives and is no trafficlab
  using living = startTrafficlab();
  const used = `trafficlab-nftables-0a1b2c-p${living.pid}`;
  const foreign = ['kind', 'trafficlab', 'trafficlab-demo', 'my-trafficlab-iptables-0a1b2c-p1'];
  await using fake = await fakeMachine({
    clusters: [left, recycled, used, ...foreign],
    containers: { [`${left}-client`]: label(left), [`${used}-client`]: label(used), web: ['app=web'] },
  });
  const { exitCode, stdout, stderr } = await fake.trafficlab(['clean']);
  expect([exitCode, stderr]).toEqual([0, '']);
  expect(stdout.split('\n').sort()).toEqual(
    ['', `deleted cluster ${left}`, `deleted cluster ${recycled}`, `deleted container ${left}-client`].sort(),
  );
  expect(await fake.clusters()).toEqual([...foreign, used].sort());
  expect(await fake.containers()).toEqual([`${used}-client`, 'web'].sort());
});

test.each([
  ['nothing was left', {}],
  ['there is no engine', { programs: [] }],
  ['there is no kind', { programs: ['docker'] }],
] as const)('clean where %s: says so, exit code 0', async (_what, machine) => {
  await using fake = await fakeMachine(machine);
  expect(await fake.trafficlab(['clean'])).toEqual({ exitCode: 0, stdout: 'nothing to clean\n', stderr: '' });
});

/** A process whose command line is trafficlab's. */
function startTrafficlab() {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)', 'trafficlab'], { stdio: 'ignore' });
  return { pid: child.pid!, [Symbol.dispose]: () => void child.kill('SIGKILL') };
}
