import { expect, test } from 'vitest';
import {
  CommandError,
  InterruptedError,
  LabFileError,
  ProofError,
  TimeoutError,
  TrafficlabError,
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
