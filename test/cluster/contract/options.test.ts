import { Command } from 'commander';
import { expect, test } from 'vitest';
import {
  type ProviderOptions,
  providerArguments,
  providerFlags,
  providerOptions,
} from '../../../src/cluster/contract/options.ts';

/** A value for each option; the compiler asks for one where an option is added. */
const all: Required<ProviderOptions> = {
  kubernetes: '1.34',
  image: ['node=kindest/node:v1.34.4', 'client=node:24-slim'],
  kind: '/opt/kind',
  kindUserspace: '/opt/kind-0.24',
  k3d: '/opt/k3d',
  context: 'mine',
  kubeconfig: '--odd name',
  allowClusterScope: true,
  yesIMean: 'mine',
};

function parse(argv: readonly string[]): ProviderOptions {
  const command = new Command('run').exitOverride();
  for (const { flags, description } of providerFlags) command.option(flags, description);
  command.option('--kubernetes <version>').option('--image <name>', '', (value, before: string[]) => [...before, value], []);
  return command.parse(argv, { from: 'user' }).opts();
}

test('cases 9.11: every option of a provider reaches the command that runs itself again', () => {
  expect(parse(providerArguments(all))).toEqual(all);
});

test.each(Object.keys(all) as (keyof ProviderOptions)[])('cases 9.11: %s alone reaches it, and nothing else', (name) => {
  const one = { [name]: all[name] };
  expect(parse(providerArguments(one))).toEqual({ image: [], ...one });
});

test('what is not set is no argument', () => {
  expect(providerArguments({})).toEqual([]);
  expect(providerArguments({ image: [], allowClusterScope: false })).toEqual([]);
});

test("a command's other options are not the provider's", () => {
  expect(providerOptions({ context: 'mine', blocks: '3', quiet: true } as ProviderOptions)).toEqual({ context: 'mine' });
});
