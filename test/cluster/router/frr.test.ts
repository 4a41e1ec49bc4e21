import { expect, test } from 'vitest';
import { bgpdConfig, nextHopsOf, readSessions } from '../../../src/cluster/router/frr.ts';

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
