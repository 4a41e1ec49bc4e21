import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { createProgress } from '../../src/progress/create-progress.ts';
import { jsonProgress } from '../../src/progress/json-progress.ts';
import { silentProgress } from '../../src/progress/silent-progress.ts';

/** Where there is no terminal: what was written, without the times in front of each line. */
function plain() {
  const stream = new PassThrough();
  const progress = createProgress({ stream: stream as unknown as NodeJS.WriteStream });
  const lines = () => {
    let text = '';
    for (let chunk = stream.read(); chunk !== null; chunk = stream.read()) text += chunk; // newer Node.js reads a chunk at a time
    return text
      .split('\n')
      .slice(0, -1)
      .map((line) => line.replace(/^\[ *\d+\.\d s\] /, ''));
  };
  return { progress, lines };
}

test('a step says when it begins, where it is, and that it is done; it answers with its value', async () => {
  const { progress, lines } = plain();
  const value = await progress.step('Making nodes', async (step) => {
    step.update('1 of 2');
    step.update('1 of 2');
    step.update('2 of 2');
    return 'made';
  });
  expect(value).toBe('made');
  expect(lines()).toEqual(['Making nodes ...', 'Making nodes: 1 of 2', 'Making nodes: 2 of 2', 'Making nodes: done']);
});

test('a step that throws is shown as failed, and throws the same', async () => {
  const { progress, lines } = plain();
  const mine = new RangeError('mine');
  await expect(progress.step('Making nodes', () => Promise.reject(mine))).rejects.toBe(mine);
  expect(lines()).toEqual(['Making nodes ...', 'Making nodes: failed']);
});

test('times count from when the command began, in whichever process of it', () => {
  const stream = new PassThrough();
  createProgress({ stream: stream as unknown as NodeJS.WriteStream, began: Date.now() - 61_000 }).note('inside');
  expect(String(stream.read())).toMatch(/^\[ {2}61\.\d s\] inside\n$/);
});

test('steps inside of a step are its own words in plain lines', async () => {
  const { progress, lines } = plain();
  await progress.step('Setting up', ({ inner }) => inner.step('pods', async (step) => step.update('1 of 2')));
  expect(lines()).toEqual(['Setting up ...', 'Setting up: pods ...', 'Setting up: pods: 1 of 2', 'Setting up: done']);
});

test('for programs they are steps that name their parent; of one title, ids tell them apart', async () => {
  const events: { id: string; parent?: string; title: string; state: string }[] = [];
  const progress = jsonProgress((line) => events.push(JSON.parse(line)));
  const pods = { title: 'pods', work: async () => {} };
  await progress.step('Setting up', ({ inner }) => inner.all([pods, pods]));
  const [outer, ...inside] = events.filter(({ state }) => state === 'started');
  expect(outer).not.toHaveProperty('parent');
  expect(inside.map(({ title, parent }) => [title, parent])).toEqual(Array(2).fill(['pods', outer!.id]));
  const ids = [outer!, ...inside].map(({ id }) => id);
  expect(new Set(ids).size).toBe(3);
  expect(
    events
      .filter(({ state }) => state === 'done')
      .map(({ id }) => id)
      .sort(),
  ).toEqual([...ids].sort());
});

test('a note is a line', () => {
  const { progress, lines } = plain();
  progress.note('IPVS is not in this kernel');
  expect(lines()).toEqual(['IPVS is not in this kernel']);
});

test.each([
  ['plain', () => plain().progress],
  ['silent', () => silentProgress],
])('%s: works go on at once, values in order; the first error is thrown when all have ended', async (_name, create) => {
  const progress = create();
  let open = (_word: string) => {};
  const gate = new Promise<string>((resolve) => {
    open = resolve;
  });
  const values = await progress.all([
    { title: 'a', work: () => gate },
    {
      title: 'b',
      work: async () => {
        open('opened by b');
        return 'b';
      },
    },
  ]);
  expect(values).toEqual(['opened by b', 'b']);
  let ended = false;
  const failing = progress.all([
    { title: 'a', work: () => Promise.reject(new Error('a failed')) },
    {
      title: 'b',
      work: async () => {
        await new Promise((resolve) => setImmediate(resolve));
        ended = true;
      },
    },
  ]);
  await expect(failing).rejects.toThrow('a failed');
  expect(ended).toBe(true);
});

test('cases 10: what a terminal would obey is shown, and no further line of a text passes for one of ours', async () => {
  const { progress, lines } = plain();
  progress.note('\u001b[2J\u202ea\n[   0.0 s] results: /x');
  await progress.step('\u009b2J', async (step) => step.update('\u001b]0;x\u0007'));
  expect(lines()).toEqual([
    '\ufffd[2J\ufffda',
    '  [   0.0 s] results: /x',
    '\ufffd2J ...',
    '\ufffd2J: \ufffd]0;x\ufffd',
    '\ufffd2J: done',
  ]);
  const events: string[] = [];
  jsonProgress((line) => events.push(line)).note('\u001b[2J\u009b\u202e\u2028');
  expect(events.join('')).toBe('{"type":"note","text":"\\u001b[2J\\u009b\\u202e\\u2028"}\n');
});
