import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/errors.ts';
import { refuseOptionsAsValues } from '../../src/option-values.ts';

/** What a command with options of each kind makes of these words. */
function parse(words: readonly string[]) {
  const command = new Command('outer').exitOverride();
  const inner = command.command('lab').exitOverride();
  inner.option('--context <name>').option('--blocks <n>', '', Number).option('--maybe [x]').option('--keep');
  inner.option('--image <name=reference>', '', (value: string, before: readonly string[]) => [...before, value], []);
  refuseOptionsAsValues(command);
  command.parse(['lab', ...words], { from: 'user' });
  return inner.opts();
}

describe.each(['--context', '--blocks', '--image'])('cases 10: %s', (option) => {
  it.each(['--dry-run', '--no-such', '-x', '--', ' --x', '', ' '])('refuses %j', (value) => {
    expect(() => parse([option, value])).toThrow(UsageError);
    expect(() => parse([option, value])).toThrow(`${option} needs a value, and got`);
  });
});

it('cases 10: an option behind = is refused too', () => {
  for (const words of [['--context=--dry-run'], ['--image', 'node=--dry-run'], ['--image=node=--keep']])
    expect(() => parse(words)).toThrow(UsageError);
});

it('a negative number, a path and a name with hyphens inside are values', () => {
  expect(parse(['--blocks', '-5', '--context', './-x', '--image', 'node=a-b/c--d:1', '--keep'])).toEqual({
    blocks: -5,
    context: './-x',
    image: ['node=a-b/c--d:1'],
    keep: true,
  });
});
