import { describe, expect, test } from 'vitest';
import {
  addSuppressed,
  afterFailure,
  CommandError,
  errorText,
  firstError,
  InterruptedError,
  LabFileError,
  ProofError,
  suppressedErrors,
  TimeoutError,
  TrafficlabError,
  throwFailures,
  UnavailableError,
  UsageError,
} from '../../src/errors.ts';

test.each([
  [TrafficlabError.name, TrafficlabError, 1],
  [UsageError.name, UsageError, 2],
  [LabFileError.name, LabFileError, 2],
  [CommandError.name, CommandError, 1],
  [TimeoutError.name, TimeoutError, 1],
  [ProofError.name, ProofError, 1],
  [UnavailableError.name, UnavailableError, 3],
  [InterruptedError.name, InterruptedError, 130],
] as const)('%s has its name, exit code, a remedy and a cause', (name, Kind, exitCode) => {
  const cause = new Error('first');
  const error = new Kind('what was seen', { remedy: 'what to do', cause });
  expect(error).toMatchObject({ name, message: 'what was seen', remedy: 'what to do', exitCode, cause });
  expect(error).toBeInstanceOf(TrafficlabError);
  expect(new Kind('plain')).toMatchObject({ remedy: undefined });
  expect('cause' in new Kind('plain')).toBe(false);
});

describe('an error that comes after another', () => {
  const first = () => new ProofError('not proven', { remedy: 'read the evidence' });

  test('cases 9.5: it never replaces the first one, and is never lost', async () => {
    const error = await afterFailure(first(), () => Promise.reject(new CommandError('cannot delete x')));
    expect(error).toBeInstanceOf(ProofError);
    expect(suppressedErrors(error)).toEqual([new CommandError('cannot delete x')]);
    expect(errorText(error)).toBe('not proven. Read the evidence. Also: cannot delete x');
  });

  test('what `await using` wraps is unwrapped: the body came first, whatever disposing says', async () => {
    const both = async () => {
      await using _resource = { [Symbol.asyncDispose]: () => Promise.reject(new CommandError('cannot close')) };
      throw first();
    };
    const error = firstError(await both().catch((thrown: unknown) => thrown));
    expect(error).toBeInstanceOf(ProofError);
    expect(errorText(error)).toContain('Also: cannot close');
  });

  test('of several works that failed, the first is thrown with the others', async () => {
    const ended = await Promise.allSettled([1, Promise.reject(first()), Promise.reject(new RangeError('x')), 2]);
    expect(() => throwFailures(ended)).toThrow('not proven');
    const error = (ended[1] as PromiseRejectedResult).reason;
    expect(suppressedErrors(error)).toEqual([new RangeError('x')]);
    expect(throwFailures(await Promise.allSettled([1, 2]))).toBeUndefined();
  });

  test('an interruption is not told twice', () => {
    const error = addSuppressed(new InterruptedError('stopped'), new InterruptedError('stopped: docker'));
    expect(errorText(error)).toBe('stopped');
  });
});
