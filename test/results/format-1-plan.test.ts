import { expect, test } from 'vitest';
import { upgradePlan } from '../../src/results/format-1.ts';

test("a plan of format 1 has its images among the provider's options, and nothing else of them", () => {
  const old = { format: 1, overrides: { blocks: 8, image: ['node=x'] }, provider: { name: 'kind', reason: 'asked for' } };
  expect(upgradePlan(old)).toEqual({
    format: 2,
    overrides: { blocks: 8 },
    provider: { name: 'kind', reason: 'asked for', options: { image: ['node=x'] } },
  });
  expect(upgradePlan({ ...old, overrides: {} })).toMatchObject({ provider: { options: {} } });
});
