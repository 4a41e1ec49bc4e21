import { describe, expect, it } from 'vitest';
import { createBalancer } from '../../src/workload/balancer.ts';

const endpoints = ['10.0.0.1:80', '10.0.0.2:80', '10.0.0.3:80'];

describe('a balancer', () => {
  it('gives each endpoint its turn', () => {
    const balancer = createBalancer({ name: 'a', endpoints });
    const round = () => endpoints.map(() => balancer.next('client'));
    const first = round();
    expect([...first].sort()).toEqual(endpoints);
    expect(round()).toEqual(first);
  });

  it('keeps a client at its endpoint until its time has passed without a connection', () => {
    let now = 0;
    const balancer = createBalancer({ name: 'a', endpoints, affinitySeconds: 10 }, () => now);
    const first = balancer.next('client');
    for (now = 9_000; now < 40_000; now += 9_000) expect(balancer.next('client')).toBe(first);
    now += 10_000;
    expect(balancer.next('client')).not.toBe(first);
  });

  it('forgets an affinity to an endpoint that could not be reached', () => {
    const balancer = createBalancer({ name: 'a', endpoints, affinitySeconds: 10 });
    const first = balancer.next('client');
    const second = balancer.next('client', true);
    expect(second).not.toBe(first);
    expect(balancer.next('client')).toBe(second);
  });

  it('keeps turn and affinities when the endpoints stay the same, and drops those of endpoints that went', () => {
    const balancer = createBalancer({ name: 'a', endpoints, affinitySeconds: 10 });
    const first = balancer.next('client')!;
    balancer.update({ name: 'a', endpoints: [...endpoints].reverse(), affinitySeconds: 10 });
    expect(balancer.next('client')).toBe(first);
    const rest = endpoints.filter((endpoint) => endpoint !== first);
    balancer.update({ name: 'a', endpoints: rest, affinitySeconds: 10 });
    expect(rest).toContain(balancer.next('client'));
  });

  it('has nothing to give without endpoints', () => {
    expect(createBalancer({ name: 'a', endpoints: [] }).next('client')).toBeUndefined();
  });
});
