import { describe, expect, it } from 'vitest';
import { birdNode, birdRouter, birdSessions } from '../../../src/cluster/fabric/bird.ts';

describe('the configuration of BIRD', () => {
  it('has a router take addresses of the pool from each node, and spread over all that announce one', () => {
    const peers = [
      { name: 'a-worker', address: '172.18.0.3' },
      { name: 'a-worker2', address: '172.18.0.4' },
    ];
    const text = birdRouter({ address: '172.18.253.1', peers, pool: '192.168.10.0/24' });
    expect(text).toContain('merge paths yes limit 16;');
    expect(text).toContain('import where net ~ [ 192.168.10.0/24{32,32} ];');
    expect(text).toContain('neighbor 172.18.0.3 as 64512;');
    expect(text).toContain('neighbor 172.18.0.4 as 64512;');
    expect(text).toContain('description "a-worker2";');
  });

  it('has a node announce its addresses and keep its own kernel out of it', () => {
    const text = birdNode({ address: '172.18.0.3', router: '172.18.253.1', addresses: ['192.168.10.1', '192.168.10.2'] });
    expect(text.match(/route \S+ blackhole/g)).toEqual(['route 192.168.10.1/32 blackhole', 'route 192.168.10.2/32 blackhole']);
    expect(text).toContain('neighbor 172.18.253.1 as 64513;');
    expect(text).not.toContain('protocol kernel');
  });
});

it('reads the sessions with their last errors', () => {
  const text = `BIRD 2.0.12 ready.
Name       Proto      Table      State  Since         Info
device1    Device     ---        up     19:20:00.123
node1      BGP        ---        up     19:20:01.001  Established
  Description:    a-worker
  BGP state:          Established
    Neighbor address: 172.18.0.3
    Neighbor AS:      64512
node2      BGP        ---        start  19:20:01.001  Passive
  Description:    a-worker2
  BGP state:          Passive
    Neighbor address: 172.18.0.4
    Neighbor AS:      64512
    Last error:       Received: Administrative shutdown
`;
  expect(birdSessions(text)).toEqual([
    { peer: '172.18.0.3', state: 'Established' },
    { peer: '172.18.0.4', state: 'Passive', lastError: 'Received: Administrative shutdown' },
  ]);
});
