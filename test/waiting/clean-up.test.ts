import { expect, test } from 'vitest';
import { CommandError, cleaningUp, firstError, suppressedErrors } from '../../src/errors.ts';
import { allOf, inParallel } from '../../src/waiting/in-parallel.ts';

const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );
const fails = (message: string) => async () => {
  throw new CommandError(message);
};
const late = (message: string) => async () => {
  await new Promise((resolve) => setImmediate(resolve));
  throw new CommandError(message);
};
const messages = (error: unknown) => [firstError(error), ...suppressedErrors(error)].map((one) => (one as Error).message);

test('cases 9.5: the work’s error comes first, that of cleaning up beside it', async () => {
  expect(messages(await failure(cleaningUp(fails('work'), fails('cleaning'))))).toEqual(['work', 'cleaning']);
  expect(messages(await failure(cleaningUp(async () => 1, fails('cleaning'))))).toEqual(['cleaning']);
  expect(
    await cleaningUp(
      async () => 1,
      async () => {},
    ),
  ).toBe(1);
});

test('cases 9.9: of works that go on at once every error is told, the earliest first', async () => {
  expect(messages(await failure(allOf([late('late')(), fails('early')()])))).toEqual(['early', 'late']);
  expect(messages(await failure(inParallel([late('late'), fails('early')], (work) => work(), 2)))).toEqual(['early', 'late']);
});
