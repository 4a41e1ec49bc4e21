import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findProgram } from '../../../src/cluster/fabric/find-program.ts';
import { sandboxPrefix } from '../../../src/cluster/fabric/sandbox.ts';
import { netnsProvider } from '../../../src/cluster/netns/provider.ts';

test('cases 9.12: a look of netns leaves the environment of this process as it is', async () => {
  const before = { ...process.env };
  await netnsProvider().inspect();
  expect(process.env).toEqual(before);
});

test('cases 9.12: no source writes to process.env', () => {
  const args = [
    'grep',
    '-nE',
    String.raw`assign\(process\.env|process\.env(\.\w+|\[[^]]+\])\s*(=[^=]|\?\?=)|delete process\.env`,
    '--',
    'src',
  ];
  const found = (() => {
    try {
      return execFileSync('git', args, { encoding: 'utf8' });
    } catch {
      return ''; // git grep ends with 1 where nothing is found
    }
  })();
  expect(found).toBe('');
});

test('programs that were fetched are found by the environment that is handed on, and run in the sandbox by it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'trafficlab-path-'));
  try {
    await mkdir(join(folder, 'bin'));
    const program = join(folder, 'bin', 'only-fetched');
    await writeFile(program, '#!/bin/sh\n');
    await chmod(program, 0o755);
    expect(await findProgram('only-fetched')).toBeUndefined();
    expect(await findProgram('only-fetched', `/nowhere:${folder}/bin`)).toBe(program);
    const prefix = sandboxPrefix({ userNamespace: true, env: { PATH: '/a:/b', XTABLES_LIBDIR: '/c' } });
    expect(prefix.slice(0, 4)).toEqual(['/usr/bin/env', 'PATH=/a:/b', 'XTABLES_LIBDIR=/c', 'setpriv']);
    expect(sandboxPrefix({ userNamespace: true })[0]).toBe('setpriv');
  } finally {
    await rm(folder, { recursive: true });
  }
});
