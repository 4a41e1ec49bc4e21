import { spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inspectSandbox } from '../../src/cluster/fabric/inspect.ts';
import { waitFor } from '../../src/waiting/wait.ts';

// The sandbox and its watch are started as the command line starts them: npm, a shell, node, the sandbox.
const directory = mkdtempSync(join(tmpdir(), 'trafficlab-sandbox-'));
const obstacle = await inspectSandbox();

beforeAll(() => {
  const fixtures = new URL('./sandbox-fixtures/', import.meta.url).pathname;
  for (const file of readdirSync(fixtures)) copyFileSync(join(fixtures, file), join(directory, file));
  for (const file of ['die-with-parent', 'sandbox']) {
    const source = readFileSync(new URL(`../../src/cluster/fabric/${file}.ts`, import.meta.url), 'utf8');
    const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext };
    writeFileSync(join(directory, `${file}.mjs`), ts.transpileModule(source, { compilerOptions }).outputText);
  }
  writeFileSync(join(directory, 'package.json'), JSON.stringify({ scripts: { lab: 'node command.mjs' } }));
});
afterAll(() => rmSync(directory, { recursive: true }));

describe.skipIf(obstacle !== undefined)('a sandbox', () => {
  const victims = ['npm', 'the shell', 'the command', 'unshare', 'the inner process'] as const;
  it.each(victims)('ends with all that runs in it when %s is killed', async (victim) => {
    const token = `9${process.pid}${Date.now()}`;
    const npm = spawn('npm', ['run', 'lab', '--', token], { cwd: directory, stdio: ['ignore', 'pipe', 'ignore'] });
    let output = '';
    npm.stdout.on('data', (data) => {
      output += data;
    });
    const ready = await seen(() => /inner ready: .*/.exec(output)?.[0], 'the inner process');
    expect(ready).toBe('inner ready: pid 1 uid 0');

    const family = processesOf(token);
    const pids = {
      npm: npm.pid!,
      'the shell': pidOf(family, (one) => one.startsWith('sh -c node command.mjs')),
      'the command': pidOf(family, (one) => one.startsWith('node command.mjs')),
      unshare: pidOf(family, (one) => one.startsWith('unshare')),
      'the inner process': pidOf(family, (one) => one.includes('inner.mjs') && !one.startsWith('unshare')),
    };
    process.kill(pids[victim], 'SIGKILL');
    await seen(
      () => (processesOf(token).size === 0 ? true : undefined),
      () => [...processesOf(token).values()].join('; '),
    );
  });
});

const seen = <T>(look: () => T | undefined, what: string | (() => string)) =>
  waitFor('the sandbox', { deadlineMs: 10_000, intervalMs: 20 }, async () => {
    const value = look();
    return value === undefined ? { seen: typeof what === 'string' ? `no ${what}` : what() } : { value };
  });

/** Command lines of the processes that carry the token, by process id. */
function processesOf(token: string): Map<number, string> {
  const found = new Map<number, string>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const line = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
      if (line.includes(token)) found.set(Number(name), line);
    } catch {} // it ended meanwhile
  }
  return found;
}

function pidOf(processes: Map<number, string>, is: (line: string) => boolean): number {
  const [pid] = [...processes].find(([, line]) => is(line)) ?? [];
  if (pid === undefined) throw new Error(`not found among ${[...processes.values()].join('; ')}`);
  return pid;
}
