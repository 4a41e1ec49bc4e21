import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { InterruptedError } from '../../src/errors.ts';
import { askInTerminal } from '../../src/setup/ask-in-terminal.ts';

const CTRL_C = '\u0003';
const CTRL_D = '\u0004';

function asked(keys: string): Promise<boolean> {
  const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => {} });
  const output = Object.assign(new PassThrough(), { isTTY: true });
  const answer = askInTerminal(input, output)!('Install?');
  input.write(keys);
  return answer;
}

test.each([
  ['y\r', true],
  ['Yes\r', true],
  ['\r', false],
  ['n\r', false],
  [CTRL_D, false],
])('the answer of %j is %s', async (keys, agreed) => {
  expect(await asked(keys)).toBe(agreed);
});

test('cases 9.1: Ctrl-C at the question ends it, with exit code 130', async () => {
  const error = await asked(CTRL_C).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(InterruptedError);
  expect(error).toMatchObject({ exitCode: 130 });
});

test('cases 9.1: a terminal that is gone says no', async () => {
  const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => {} });
  const answer = askInTerminal(input, Object.assign(new PassThrough(), { isTTY: true }))!('Install?');
  input.end();
  expect(await answer).toBe(false);
});

test('where there is no terminal nobody is asked', () => {
  expect(askInTerminal(new PassThrough(), new PassThrough())).toBeUndefined();
});
