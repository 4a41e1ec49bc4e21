import { expect, test } from 'vitest';
import { repeatCommand } from '../../src/report/repeat.ts';
import { simulate } from '../compare/simulate.ts';

const { plan } = simulate([], {}, () => ({}));

test.each([
  [
    'a lab that comes with trafficlab',
    {},
    `npm run lab ${plan.lab.name} -- --provider ${plan.provider.name} --seed ${plan.seed}`,
  ],
  [
    "a user's own file",
    { file: './my lab.yaml' },
    `npm run lab './my lab.yaml' -- --provider ${plan.provider.name} --seed ${plan.seed}`,
  ],
  [
    'what the command line changed, lists and all',
    { overrides: { blocks: 9 }, provider: { ...plan.provider, options: { image: ['client=a b'], allowClusterScope: true } } },
    `npm run lab ${plan.lab.name} -- --provider ${plan.provider.name} --blocks 9 --seed ${plan.seed} --image 'client=a b' --allow-cluster-scope`,
  ],
])('%s is run again by name', (_what, change, command) => {
  expect(repeatCommand({ ...plan, ...change })).toBe(command);
});
