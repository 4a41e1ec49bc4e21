import { describe, expect, it } from 'vitest';
import type { Plan } from '../../src/lab/plan.ts';
import { planHash } from '../../src/results/plan-hash.ts';
import { family, scenario, simulate } from '../compare/simulate.ts';

const { plan } = simulate([family([scenario('ipvs', 'pod'), scenario('ipvs', 'cluster-ip')])], {}, () => undefined);
const first = plan.families[0]!;
const withFamily = (changed: Partial<typeof first>): Plan => ({ ...plan, families: [{ ...first, ...changed }] });
const withOptions = (options: Plan['provider']['options']): Plan => ({ ...plan, provider: { ...plan.provider, options } });
const withLab = (changed: Partial<Plan['lab']>): Plan => ({ ...plan, lab: { ...plan.lab, ...changed } });

describe('cases 9.3: the hash of a plan is of what decides the run', () => {
  const volatile: Record<string, Plan> = {
    'free memory': { ...plan, estimate: { ...plan.estimate, memoryAvailableMiB: 4711 } },
    'memory that nodes need': { ...plan, estimate: { ...plan.estimate, memoryMiB: 1500 } },
    'seconds that it will take': { ...plan, estimate: { ...plan.estimate, seconds: 99 } },
    'images that are not here yet': { ...plan, estimate: { ...plan.estimate, pulls: ['kindest/node:v1.34.11'] } },
    'where the lab file lies': { ...plan, file: '/home/somebody/ipvs.yaml' },
    'why the provider was chosen': { ...plan, provider: { ...plan.provider, reason: 'docker does not answer' } },
    'how an override was given': { ...plan, overrides: { blocks: plan.lab.blocks } },
    'what is skipped, in words': { ...plan, skips: [{ what: 'BGP', reason: 'no bird', remedy: 'install it' }] },
    "a family's title, with the kernel in it": withFamily({ title: 'kernel 6.99' }),
    'the order of keys': backwards(plan) as Plan,
    "where the provider's programs lie": withOptions({ kind: '/opt/kind' }),
    'that clusters stay': { ...plan, keep: true },
    'a key that is undefined': { ...plan, overrides: { blocks: undefined } },
  };
  it.each(Object.entries(volatile))('%s is not in it', (_, changed) => {
    expect(planHash(changed)).toBe(planHash(plan));
  });

  const deciding: Record<string, Plan> = {
    'the version of trafficlab': { ...plan, trafficlab: '0.0.1' },
    seed: { ...plan, seed: 2 },
    provider: { ...plan, provider: { ...plan.provider, name: 'kind' } },
    images: withOptions({ image: ['node=kindest/node:v1.33.0'] }),
    "the lab's name": withLab({ name: 'other' }),
    load: withLab({ load: { ...plan.lab.load, connections: 2 } }),
    workload: withLab({ workload: { replicas: 5 } }),
    equivalence: withLab({ equivalence: 7 }),
    targets: withLab({ targets: [{ ...plan.lab.targets[0]!, from: 'outside' }] }),
    "a cluster's spec": withFamily({ clusters: first.clusters.map((one) => ({ ...one, workers: 3 })) }),
    "a cluster's version": withFamily({ clusters: first.clusters.map((one) => ({ ...one, version: 'v1.34.11' })) }),
    'which cells there are': withFamily({ scenarios: first.scenarios.slice(1) }),
    'the order of cells': withFamily({ order: first.order.map((cells) => cells.toReversed()) }),
    'the number of blocks': withFamily({ order: first.order.slice(1) }),
    "a family's id": withFamily({ id: 'user-mode-linux' }),
  };
  it.each(Object.entries(deciding))('%s is in it', (_, changed) => {
    expect(planHash(changed)).not.toBe(planHash(plan));
  });

  it('all that decide have hashes of their own, of eight hexadecimal digits', () => {
    const hashes = Object.values(deciding).map(planHash);
    expect(new Set(hashes).size).toBe(hashes.length);
    for (const hash of hashes) expect(hash).toMatch(/^[0-9a-f]{8}$/);
  });
});

function backwards(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(backwards); // their order is part of the plan
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, inner]) => [key, backwards(inner)]),
  );
}
