import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findProgram } from '../../src/cluster/fabric/find-program.ts';
import { inspectSandbox } from '../../src/cluster/fabric/inspect.ts';
import { exec } from '../../src/process/exec.ts';
import { waitFor } from '../../src/waiting/wait.ts';

const noSandbox = await inspectSandbox();
const tmux = await findProgram('tmux');
const root = process.cwd();
let folder: string;
let socket: string;

/** A real terminal of 80x24 with a shell in it; what is typed, and what is seen. */
const terminal = {
  run: (...argv: readonly string[]) => exec([tmux!, '-S', socket, ...argv]),
  type: (...keys: readonly string[]) => terminal.run('send-keys', '-t', 'picker', ...keys),
  screen: async () => (await terminal.run('capture-pane', '-p', '-t', 'picker')).stdout,
  shows: (wanted: RegExp, deadlineMs = 20_000) =>
    waitFor(`${wanted} on the screen`, { deadlineMs, intervalMs: 100 }, async () => {
      const seen = await terminal.screen();
      return wanted.test(seen) ? { value: seen } : { seen };
    }),
};

/** Starts the picker; its exit code and the terminal's settings before and after go to files. */
async function start(): Promise<void> {
  const picker = `node ${root}/scripts/trafficlab.mjs lab --results ${folder}/results`;
  // Between two pages the terminal is not raw for a moment: there Ctrl-C is a signal, to this shell too, which must outlive it.
  const script = `trap : INT; stty -g > ${folder}/before; ${picker}; echo $? > ${folder}/code; stty -g > ${folder}/after; echo END`;
  await terminal.run(
    'new-session',
    '-d',
    '-s',
    'picker',
    '-x',
    '80',
    '-y',
    '24',
    '-c',
    folder,
    'sh',
    '-c',
    `${script}; exec sleep 600`,
  );
  await terminal.shows(/❯ \S+ .*\n/);
}

async function ended(): Promise<number> {
  await terminal.shows(/^END/m, 120_000);
  const [code, before, after] = await Promise.all(
    ['code', 'before', 'after'].map((file) => readFile(join(folder, file), 'utf8')),
  );
  expect(after, "the terminal's settings").toBe(before);
  const { stdout } = await terminal.run('display-message', '-p', '-t', 'picker', '#{cursor_flag}');
  expect(stdout, 'the cursor is to be seen').toBe('1');
  return Number(code);
}

describe.skipIf(!tmux)(tmux ? 'the picker in a terminal' : 'the picker in a terminal: skipped, there is no tmux', () => {
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'trafficlab-picker-'));
    socket = join(folder, 'tmux');
  });
  afterEach(async () => {
    await exec([tmux!, '-S', socket, 'kill-server'], { accept: 'any' });
    await rm(folder, { recursive: true, force: true });
  });

  test('arrows, search, options and back lead to the command that does the same', async () => {
    await start();
    const first = await terminal.shows(/❯ iptables /);
    for (const line of first.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    await terminal.type('Down');
    await terminal.shows(/❯ ipvs /);
    await terminal.type('smo');
    await terminal.shows(/: smo\n[\s\S]*❯ smoke /);
    await terminal.type('Enter');
    await terminal.shows(/ {2}npm run lab smoke\n[\s\S]*❯ run it/);
    await terminal.type('Down', 'Down', 'Enter');
    await terminal.shows(/❯ blocks /);
    await terminal.type('Enter');
    await terminal.shows(/blocks: \(\d+\)/);
    await terminal.type('many', 'Enter');
    await terminal.shows(/--blocks many/); // refused, with what is allowed
    await terminal.type('C-u', '9', 'Enter');
    await terminal.shows(/❯ blocks +9 /);
    await terminal.type('Escape');
    await terminal.shows(/ {2}npm run lab smoke -- --blocks 9\n/);
    await terminal.type('Escape');
    await terminal.shows(/❯ iptables /);
    await terminal.type('Escape');
    expect(await ended()).toBe(0);
  });

  test.each([
    ['the labs', []],
    ['the command', ['Enter']],
    ['the options', ['Enter', 'Down', 'Down', 'Enter']],
    ['an option', ['Enter', 'Down', 'Down', 'Enter', 'Enter']],
    ['the providers', ['Enter', 'Down', 'Down', 'Down', 'Enter']],
  ])('Ctrl-C on the page of %s leaves the terminal as it was', async (_page, keys) => {
    const pages = { labs: /❯ iptables /, command: /❯ run it/ };
    await start();
    for (const [index, key] of keys.entries()) {
      if (index === 1) await terminal.shows(pages.command);
      await terminal.type(key);
    }
    if (keys.length === 1) await terminal.shows(pages.command);
    if (keys.length > 1) await terminal.shows(/Options:|blocks:|Provider \(/);
    await terminal.type('C-c');
    expect(await ended()).toBe(130);
  });

  test.each([0, 5, 10, 20, 40])('Ctrl-C %i ms after Enter, between two pages, leaves it too', async (afterMs) => {
    await start();
    await terminal.type('Enter');
    await sleep(afterMs);
    await terminal.type('C-c');
    expect(await ended()).toBe(130);
  });

  test.skipIf(noSandbox !== undefined)('what is picked is run, and ends in a verdict', async () => {
    await start();
    await terminal.type('smo');
    await terminal.shows(/❯ smoke /);
    await terminal.type('Enter');
    await terminal.shows(/❯ run it/);
    await terminal.type('Enter');
    expect(await ended()).toBe(0);
    await terminal.run('resize-window', '-t', 'picker', '-y', '200');
    expect((await terminal.run('capture-pane', '-p', '-S', '-500', '-t', 'picker')).stdout).toMatch(/as proven/);
  });
});
