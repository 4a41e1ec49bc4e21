import { expect, it } from 'vitest';
import { serviceFindings } from '../../src/probe/prove-service.ts';
import type { Way } from '../../src/probe/way.ts';
import { aNode, ways } from './recorded-rules.ts';

const found = (way: Way) =>
  serviceFindings(
    aNode.name,
    way,
    { entered: 12, objects: [], led: new Map([['10.244.9.31:8080', 12]]), problems: [] },
    { mode: 'iptables', sent: 12 },
  ).problems;

it('cases 3: one endpoint for all connections is affinity only where there were others to choose from', () => {
  const either: Way = { ...ways.localNodePort, spreads: ['service', 'local'] };
  expect(found(either)).toEqual([]);
  expect(found(ways.localNodePort)).toEqual([]);
  expect(found({ ...either, spreads: ['service'] })).toEqual([
    expect.objectContaining({ code: 'affinity-seen', pod: 'here', connections: 12, of: 2 }),
  ]);
});
