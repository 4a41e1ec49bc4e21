import { Option } from 'commander';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/errors.ts';
import { refuseOptionAsValue } from '../../src/options/refuse-option-as-value.ts';

const refuse = (flags: string, value: string) => () => refuseOptionAsValue(new Option(flags), value);

describe.each(['--context <name>', '--blocks <n>', '--image <name=reference>', '--maybe [x]'])('cases 10: %s', (flags) => {
  it.each(['--dry-run', '--no-such', '-x', '--', ' --x', '', ' ', 'node=--dry-run'])('refuses %j', (value) => {
    expect(refuse(flags, value)).toThrow(UsageError);
    expect(refuse(flags, value)).toThrow(`${flags.split(' ')[0]} needs a value`);
  });

  it.each(['-5', './-x', 'node=a-b/c--d:1', 'mine'])('takes %j', (value) => {
    expect(refuse(flags, value)).not.toThrow();
  });
});
