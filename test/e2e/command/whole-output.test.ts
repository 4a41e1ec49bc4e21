import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';

test('a program that reads slowly reads all of a long output', async () => {
  // A socket, as Node.js gives a child; it holds some 200 kB, and this is longer.
  const runs = 'test/fixtures/runs/ipvs';
  const later = Array.from({ length: 60 }, () => `${runs}/20261123T100000000Z-netns-22222222`);
  const argv = ['compare', `${runs}/20261101T100000000Z-netns-11111111`, ...later, '--json', '--force'];
  const child = spawn(process.execPath, ['scripts/trafficlab.mjs', ...argv], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  await once(child.stdout, 'readable');
  // It has written what the socket takes, and waits for a reader; one that does not wait has ended.
  await expect.poll(() => stateOf(child.pid!), { interval: 20, timeout: 10_000 }).toMatch(/^[SZ]$/);
  let text = '';
  for await (const chunk of child.stdout) text += chunk;
  await ended;
  expect(text.length).toBeGreaterThan(250_000);
  expect(JSON.parse(text).comparisons).toHaveLength(60);
});

/** S: it sleeps; Z: it has ended. */
const stateOf = async (pid: number): Promise<string> =>
  /\) (\w) /.exec(await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') Z '))![1]!;
