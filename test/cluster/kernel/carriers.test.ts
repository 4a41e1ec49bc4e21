import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Host } from '../../../src/cluster/contract/host.ts';
import { nodeCarriers, readCarriers, samplesOf } from '../../../src/cluster/kernel/carriers.ts';
import { CommandError } from '../../../src/errors.ts';
import { exec } from '../../../src/process/exec.ts';

/** A node whose processes are those of this machine. */
const node = { name: 'agent-0', exec } as unknown as Host;
const k3s = nodeCarriers.filter(({ component }) => component === 'k3s');
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trafficlab-k3s-'));
});
afterEach(() => rm(folder, { recursive: true }));

test.skipIf(process.platform !== 'linux')(
  "a node's k3s is its carrier, with the CPU time that it used; a node without one has none",
  async () => {
    expect(await readCarriers([node], k3s)).toEqual({ samples: [], unknown: [] });
    const program = join(folder, 'k3s-agent');
    // A shell, because newer Node.js names its main thread itself, and the kernel shows that name as the process's.
    await symlink('/bin/sh', program);
    const busy = spawn(program, ['-c', 'echo up; while :; do :; done'], { stdio: ['ignore', 'pipe', 'ignore'] });
    try {
      await once(busy.stdout, 'data');
      const look = async () => (await readCarriers([node], k3s)).samples;
      const [before, ...others] = await look();
      expect([before?.component, before?.node, before?.kind, others]).toEqual(['k3s', 'agent-0', 'process', []]);
      await expect.poll(async () => (await look())[0]!.cpuNs - before!.cpuNs, { timeout: 10_000 }).toBeGreaterThan(50_000_000n);
    } finally {
      busy.kill('SIGKILL');
      await once(busy, 'exit');
    }
  },
);

test('a node that is closed, and one that does not answer, is unknown', async () => {
  const closed = { name: 'a', closed: 'not-allowed' } as unknown as Host;
  const silent = { name: 'b', exec: async () => Promise.reject(new CommandError('it is gone')) } as unknown as Host;
  expect(await readCarriers([closed, silent], nodeCarriers)).toEqual({
    samples: [],
    unknown: [
      { node: 'a', unknown: 'node-closed' },
      { node: 'b', unknown: 'not-readable' },
    ],
  });
});

test('a container counts as a whole and once, and only the pods that are meant', () => {
  const pod = (uid: string) => `/kubelet.slice/kubelet-kubepods-pod${uid.replaceAll('-', '_')}.slice/cri-containerd-1.scope`;
  const output = [
    `nginx 1000 900 ${pod('a-1')}`,
    `nginx 2000 900 ${pod('a-1')}`,
    `nginx 4000 700 ${pod('b-2')}`,
    'kube-proxy 5000 - ',
    'ksoftirqd/0 10 - ',
    'ksoftirqd/1 20 - ',
    '',
  ].join('\n');
  const nginx = { component: 'nginx', kind: 'process', names: ['nginx'], pods: ['a-1'] } as const;
  expect(samplesOf(output, 'worker', [...nodeCarriers, nginx])).toEqual([
    { component: 'kube-proxy', node: 'worker', kind: 'process', cpuNs: 5000n },
    { component: 'ksoftirqd', node: 'worker', kind: 'kernel-thread', cpuNs: 30n },
    { component: 'nginx', node: 'worker', kind: 'process', cpuNs: 900_000n },
  ]);
});
