import { expect, test } from 'vitest';
import { segmentOf } from '../../../src/cluster/engine/network.ts';

test("docker: kind's network has an IPv6 subnet as well", () => {
  const inspected = [
    {
      IPAM: { Config: [{ Subnet: 'fc00:f853:ccd:e793::/64' }, { Subnet: '172.18.0.0/16', Gateway: '172.18.0.1' }] },
      Containers: { a: { IPv4Address: '172.18.0.3/16', IPv6Address: 'fc00::3/64' }, b: { IPv4Address: '' } },
    },
  ];
  expect(segmentOf(JSON.stringify(inspected))).toEqual({ subnet: '172.18.0.0/16', taken: ['172.18.0.1', '172.18.0.3'] });
});

test('podman', () => {
  const inspected = [
    {
      subnets: [{ subnet: '10.89.0.0/24', gateway: '10.89.0.1' }, { subnet: 'fc00::/64' }],
      containers: { a: { interfaces: { eth0: { subnets: [{ ipnet: '10.89.0.2/24' }, { ipnet: 'fc00::2/64' }] } } } },
    },
  ];
  expect(segmentOf(JSON.stringify(inspected))).toEqual({ subnet: '10.89.0.0/24', taken: ['10.89.0.1', '10.89.0.2'] });
});

test.each(['[]', '[{}]', '[{"IPAM":{"Config":null}}]'])('%s has no IPv4 subnet', (text) =>
  expect(segmentOf(text)).toBeUndefined(),
);
