import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { inspectSandbox } from '../../src/cluster/fabric/inspect.ts';

const obstacle = await inspectSandbox();

describe.skipIf(obstacle !== undefined)('Ctrl-C while a lab runs in a sandbox', () => {
  it('is told once, by name, and so is what comes of it', async () => {
    const results = await mkdtemp(join(tmpdir(), 'trafficlab-interrupt-'));
    try {
      const argv = ['scripts/trafficlab.mjs', 'lab', 'smoke', '--provider', 'netns', '--blocks', '60', '--results', results];
      const child = spawn(process.execPath, argv, { detached: true, stdio: ['ignore', 'ignore', 'pipe'] });
      const exited = once(child, 'exit');
      let seen = '';
      child.stderr.on('data', (data) => {
        const before = seen.includes('block 2 of');
        seen += data;
        if (!before && seen.includes('block 2 of')) process.kill(-child.pid!, 'SIGINT'); // as a terminal does: to all of the command
      });
      const stderr = await text(child.stderr);
      expect((await exited)[0], stderr).toBe(130);
      expect(stderr.match(/stopping: deleting clusters? .* on netns/g)).toHaveLength(1);
      expect(stderr.match(/stopping/g)).toHaveLength(1);
      expect(stderr.match(/measured results are kept/g)).toHaveLength(1);
    } finally {
      await rm(results, { recursive: true });
    }
  });
});
