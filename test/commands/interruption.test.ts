import { expect, test } from 'vitest';
import { type Created, interruption } from '../../src/commands/interruption.ts';
import { silentProgress } from '../../src/progress/silent-progress.ts';

/** What is told when Ctrl-C is pressed twice. */
function toldOf(created?: Created) {
  const told: string[] = [];
  using stop = interruption({ ...silentProgress, note: (text) => void told.push(text) }, created);
  process.emit('SIGINT', 'SIGINT');
  process.emit('SIGINT', 'SIGINT');
  return { told, aborted: stop.signal.aborted };
}

test('the first says what is taken down, the second what it would leave and the command that cleans up', () => {
  const { told, aborted } = toldOf({ what: 'clusters a, b on kind', kept: false, clean: 'npm run clean' });
  expect(aborted).toBe(true);
  expect(told).toEqual([
    'SIGINT: stopping: deleting clusters a, b on kind',
    'still deleting; press Ctrl-C again to quit now, then delete clusters a, b on kind with: npm run clean',
  ]);
});

test('where all ends with the command there is nothing to clean', () => {
  expect(toldOf({ what: 'cluster a on netns', kept: false }).told[1]).toBe(
    'still deleting; press Ctrl-C again to quit now; the kernel then deletes cluster a on netns',
  );
});

test('clusters that are kept stay', () => {
  expect(toldOf({ what: 'cluster a on kind', kept: true, clean: 'npm run clean' }).told[0]).toBe(
    'SIGINT: stopping: keeping cluster a on kind, deleting the rest',
  );
});

test('inside of a sandbox nothing is told, because the process around it does', () => {
  expect(toldOf()).toEqual({ told: [], aborted: true });
});
