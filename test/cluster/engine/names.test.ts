import { spawn, spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import type { ClusterSpec } from '../../../src/cluster/contract/provider.ts';
import { clusterName, isOurs, ownerAlive, reusePrefix } from '../../../src/cluster/engine/names.ts';

const spec: ClusterSpec = { id: 'iptables-legacy', provider: 'kind', workers: 2, proxyMode: 'iptables' };
const image = 'kindest/node:v1.34.11';

test('a name says whose it is, and is one that kind and Docker take', () => {
  const name = clusterName(spec, image, { pid: 4_194_304 });
  expect(name).toMatch(/^trafficlab-iptables-legacy-[0-9a-f]{6}-p4194304$/);
  expect(`${name}-control-plane`.length).toBeLessThanOrEqual(63); // a node's name is a host name
  expect(isOurs(name)).toBe(true);
});

test('a name that has to be short is cut in what people read, and stays one of its own', () => {
  const name = clusterName(spec, image, { pid: 4_194_304, longest: 32 });
  expect(name).toMatch(/^trafficlab-iptab-[0-9a-f]{6}-p4194304$/);
  expect(isOurs(name)).toBe(true);
  expect(reusePrefix(spec, image, 32)).not.toBe(reusePrefix({ ...spec, id: 'iptables-nft' }, image, 32));
  expect(reusePrefix({ ...spec, announcements: ['servicelb'] }, image)).not.toBe(reusePrefix(spec, image));
  expect(reusePrefix({ ...spec, announcements: ['l2'] }, image)).toBe(reusePrefix(spec, image));
});

test('what a cluster is used again for is in its name: all that was asked for, nothing of who asked', () => {
  const prefix = reusePrefix(spec, image);
  expect(
    [clusterName(spec, image, { pid: 1 }), clusterName(spec, image, { pid: 2 })].every((name) => name.startsWith(prefix)),
  ).toBe(true);
  for (const other of [
    reusePrefix({ ...spec, workers: 3 }, image),
    reusePrefix({ ...spec, proxyMode: 'ipvs' }, image),
    reusePrefix(spec, 'x'),
  ])
    expect(other).not.toBe(prefix);
});

test.each(['kind', 'trafficlab', 'trafficlab-demo', 'trafficlab-p1', 'trafficlab-demo-p1', 'x-trafficlab-a-0a1b2c-p1', ''])(
  '"%s" is no name of ours',
  (name) => expect(isOurs(name)).toBe(false),
);

test('an owner is alive when the process is there and is a trafficlab', async () => {
  // A node of any name is no trafficlab: it may be installed below a folder that is called so.
  const options = { argv0: '/opt/trafficlab/bin/node', stdio: 'ignore' } as const;
  const running = (word: string) => spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)', word], options);
  const [ours, recycled] = [running('trafficlab'), running('something-else')];
  try {
    await Promise.all([ours, recycled].map((child) => new Promise((resolve) => child.once('spawn', resolve))));
    expect(ownerAlive(`trafficlab-x-0a1b2c-p${ours.pid}`)).toBe(true);
    if (process.platform === 'linux') expect(ownerAlive(`trafficlab-x-0a1b2c-p${recycled.pid}`)).toBe(false);
  } finally {
    ours.kill('SIGKILL');
    recycled.kill('SIGKILL');
  }
  expect(ownerAlive(`trafficlab-x-0a1b2c-p${spawnSync(process.execPath, ['-e', '']).pid}`)).toBe(false);
  expect(ownerAlive(`trafficlab-x-0a1b2c-p${process.pid}`)).toBe(true);
  expect(ownerAlive('trafficlab-x')).toBe(false);
});
