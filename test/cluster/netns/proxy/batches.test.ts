import { describe, expect, it } from 'vitest';
import { inBatches } from '../../../../src/cluster/netns/proxy/batches.ts';
import { createProxier } from '../../../../src/cluster/netns/proxy/proxier.ts';
import { restored } from './support/iptables-text.ts';
import { transacted } from './support/nftables-text.ts';
import { recordedConfig, recordedObjects } from './support/recorded.ts';

describe('inBatches', () => {
  it('keeps the order, and a fifth of each message free', () => {
    expect(inBatches(['a', 'b', 'c', 'd', 'e'], () => 30, 100)).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
  });
  it('leaves a line alone that is too large, and all together without a limit', () => {
    expect(inBatches(['a', 'b', 'c'], (line) => (line === 'b' ? 500 : 30), 100)).toEqual([['a'], ['b'], ['c']]);
    expect(inBatches(['a', 'b'], () => 1e9, undefined)).toEqual([['a', 'b']]);
  });
});

describe('small netlink messages', () => {
  const broad = recordedObjects('broad/objects.yaml');
  const small = { ...recordedConfig, batchBytes: 20_000 };

  it('leave the same table behind in mode nftables', () => {
    const parts = createProxier('nftables', small).replace(broad);
    const whole = createProxier('nftables', recordedConfig).replace(broad);
    expect([parts.length > 5, parts.every(({ alone }) => alone), whole.length]).toEqual([true, true, 1]);
    expect(transacted(parts.map(({ input }) => input))).toEqual(transacted(whole.map(({ input }) => input)));
  });

  it('leave the same chains behind in mode iptables, in one run', () => {
    const parts = createProxier('iptables', small).replace(broad);
    const whole = createProxier('iptables', recordedConfig).replace(broad);
    expect([parts.length, parts[0]!.input.split('COMMIT').length > 10]).toEqual([1, true]);
    expect(restored(parts.map(({ input }) => input))).toEqual(restored(whole.map(({ input }) => input)));
  });
});
