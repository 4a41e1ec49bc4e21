import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { bgpdConfig, nextHopsOf, readSessions } from '../../../src/cluster/kube/frr.ts';

// Recorded from FRRouting 8.4.4 with two nodes of MetalLB v0.15.2.
const recorded = (name: string) => readFileSync(new URL(`../../fixtures/frr/${name}`, import.meta.url), 'utf8');

test('every node that announces is a neighbour by name, and paths from all of them are used at once', () => {
  const config = bgpdConfig({ address: '172.18.0.6', nodes: ['172.18.0.3', '172.18.0.4'] });
  expect(config.split('\n').map((line) => line.trim())).toEqual(
    expect.arrayContaining([
      'router bgp 64513',
      'bgp router-id 172.18.0.6',
      'no bgp ebgp-requires-policy',
      'bgp bestpath as-path multipath-relax',
      'neighbor NODES remote-as 64512',
      'neighbor 172.18.0.3 peer-group NODES',
      'neighbor 172.18.0.4 peer-group NODES',
      'maximum-paths 16',
    ]),
  );
});

test('sessions by node, with their states', () => {
  expect(readSessions(recorded('bgp-summary.json'))).toEqual([
    { peer: '172.18.0.2', state: 'Established' },
    { peer: '172.18.0.3', state: 'Established' },
  ]);
  expect(readSessions('{}')).toEqual([]);
});

test('next hops that are in the kernel', () => {
  expect(nextHopsOf(recorded('routes.json'), '192.168.10.1/32')).toEqual(['172.18.0.2', '172.18.0.3']);
  expect(nextHopsOf(recorded('routes.json'), '192.168.10.2/32')).toEqual([]);
  expect(nextHopsOf('{}', '192.168.10.1/32')).toEqual([]);
});
