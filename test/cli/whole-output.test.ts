import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';

test('a program that reads slowly reads all of a long output', async () => {
  // A socket, as Node.js gives a child; it holds some 200 kB, and this is longer.
  const runs = 'test/fixtures/runs/ipvs';
  const later = Array.from({ length: 60 }, () => `${runs}/20261123T100000000Z-netns-22222222`);
  const argv = ['compare', `${runs}/20261101T100000000Z-netns-11111111`, ...later, '--json', '--force'];
  const child = spawn(process.execPath, ['scripts/trafficlab.mjs', ...argv], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  await once(child.stdout, 'readable');
  await setTimeout(1_000);
  let text = '';
  for await (const chunk of child.stdout) text += chunk;
  await ended;
  expect(text.length).toBeGreaterThan(250_000);
  expect(JSON.parse(text).comparisons).toHaveLength(60);
});
