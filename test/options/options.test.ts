import { Command } from 'commander';
import { expect, test } from 'vitest';
import { givenProviderOptions } from '../../src/cluster/contract/options.ts';
import { addOptions } from '../../src/options/add-options.ts';
import { argumentsOf } from '../../src/options/arguments.ts';
import { type CommandName, optionsOf, propertyOf } from '../../src/options/table.ts';

const commands: readonly CommandName[] = ['trafficlab', 'lab', 'new', 'compare', 'report', 'doctor', 'clean', 'run'];
const parse = (name: CommandName, words: readonly string[]) =>
  addOptions(new Command(name), name)
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
    .parse(words, { from: 'user' })
    .opts();

test.each(commands)('%s parses every option of its own, and they become the same words again', (name) => {
  const values = { switch: true, text: 'a b', texts: ['a=1', 'b=2'], number: '-5' };
  const given = Object.fromEntries(optionsOf(name).map((option) => [propertyOf(option.name), values[option.type]]));
  expect(optionsOf(name).length).toBeGreaterThan(0);
  expect(parse(name, argumentsOf(given).flat())).toEqual(given);
});

test('what is not given is absent, and no argument', () => {
  expect(parse('lab', [])).toEqual({});
  expect(argumentsOf({ keep: false, image: [], blocks: undefined })).toEqual([]);
});

test.each(['--dry-run', '-x', ' ', 'node=--keep'])('%j is no value of an option', (value) => {
  expect(() => parse('lab', ['--context', value])).toThrow('--context needs a value');
});

test('a provider gets its own options of a command, and no others', () => {
  expect(givenProviderOptions({ context: 'mine', blocks: '3', quiet: true, allowClusterScope: true })).toEqual({
    context: 'mine',
    allowClusterScope: true,
  });
});
