import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Host } from '../../../src/cluster/contract/host.ts';
import { k3sCarriers } from '../../../src/cluster/k3d/carriers.ts';
import { exec } from '../../../src/process/exec.ts';

/** A node whose processes are those of this machine. */
const node = { name: 'agent-0', exec } as unknown as Host;
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trafficlab-k3s-'));
});
afterEach(() => rm(folder, { recursive: true }));

test.skipIf(process.platform !== 'linux')(
  "a node's k3s is its carrier, with the CPU time that it used; a node without one has none",
  async () => {
    expect(await k3sCarriers([node])).toEqual([]);
    const k3s = join(folder, 'k3s-agent');
    // A shell, because newer Node.js names its main thread itself, and the kernel shows that name as the process's.
    await symlink('/bin/sh', k3s);
    const busy = spawn(k3s, ['-c', 'echo up; while :; do :; done'], { stdio: ['ignore', 'pipe', 'ignore'] });
    try {
      await once(busy.stdout, 'data');
      const [carrier, ...others] = await k3sCarriers([node]);
      expect([carrier?.node, carrier?.runs, others]).toEqual(['agent-0', 'node', []]);
      const before = await carrier!.cpuNs();
      await expect.poll(async () => (await carrier!.cpuNs()) - before, { timeout: 10_000 }).toBeGreaterThan(50_000_000n);
    } finally {
      busy.kill('SIGKILL');
      await once(busy, 'exit');
    }
  },
);
