import { expect, test } from 'vitest';
import { addressesOn } from '../../../src/cluster/engine/container-addresses.ts';
import type { Engine } from '../../../src/cluster/engine/engine.ts';
import { readNetwork, readSegment, segmentOf } from '../../../src/cluster/engine/network.ts';

const segment = (value: unknown) => {
  const told = readNetwork(JSON.stringify(value));
  return told && segmentOf(told);
};
const docker = (Config: unknown, Containers: unknown = {}) => [{ Name: 'kind', IPAM: { Driver: 'default', Config }, Containers }];
const podman = (subnets: unknown, containers?: unknown) => [
  { name: 'kind', driver: 'bridge', subnets, ...(containers ? { containers } : {}) },
];
/** As Podman 2.2 to 3.4 print it (podman#8366, minikube#13861). */
const cni = (ipam: object) => ({
  cniVersion: '0.4.0',
  name: 'kind',
  plugins: [
    {
      type: 'bridge',
      bridge: 'cni-podman1',
      isGateway: true,
      ipam: { type: 'host-local', routes: [{ dst: '0.0.0.0/0' }], ...ipam },
    },
    { type: 'portmap', capabilities: { portMappings: true } },
    { type: 'firewall', backend: '' },
    { type: 'tuning' },
  ],
});
const ranges = [[{ subnet: '10.89.0.0/24', gateway: '10.89.0.1' }]];

test.each<[string, unknown, object]>([
  [
    'Docker, IPv6 first',
    docker([{ Subnet: 'fc00:f853:ccd:e793::/64' }, { Subnet: '172.18.0.0/16', Gateway: '172.18.0.1' }], {
      a: { IPv4Address: '172.18.0.3/16', IPv6Address: 'fc00::3/64' },
      b: { IPv4Address: '' },
    }),
    { subnet: '172.18.0.0/16', taken: ['172.18.0.1', '172.18.0.3'] },
  ],
  [
    'Docker, several subnets: that of its containers',
    docker(
      [
        { Subnet: '10.1.0.0/16', Gateway: '10.1.0.1' },
        { Subnet: '10.2.0.0/16', Gateway: '10.2.0.1' },
      ],
      {
        a: { IPv4Address: '10.2.0.5/16' },
      },
    ),
    { subnet: '10.2.0.0/16', taken: ['10.1.0.1', '10.2.0.1', '10.2.0.5'] },
  ],
  [
    'nerdctl, without containers',
    docker([{ Subnet: '10.4.1.0/24', Gateway: '10.4.1.1' }], null),
    { subnet: '10.4.1.0/24', taken: ['10.4.1.1'] },
  ],
  ['nerdctl, its native mode', [{ CNI: cni({ ranges }), NerdctlID: '1' }], { subnet: '10.89.0.0/24', taken: ['10.89.0.1'] }],
  ['Podman 3.4: CNI', [cni({ ranges })], { subnet: '10.89.0.0/24', taken: ['10.89.0.1'] }],
  [
    'Podman 3.4: CNI, IPv6 first',
    [cni({ ranges: [[{ subnet: 'fd00::/64', gateway: 'fd00::1' }], [{ subnet: '10.89.0.0/24', gateway: '10.89.0.1' }]] })],
    { subnet: '10.89.0.0/24', taken: ['10.89.0.1'] },
  ],
  ['Podman 2: one subnet', [cni({ subnet: '10.88.0.0/16' })], { subnet: '10.88.0.0/16', taken: [] }],
  [
    'Podman 4.0: netavark, without containers',
    podman([{ subnet: '10.89.0.0/24', gateway: '10.89.0.1' }]),
    { subnet: '10.89.0.0/24', taken: ['10.89.0.1'] },
  ],
  [
    'Podman 5: netavark, IPv6 first',
    podman(
      [
        { subnet: 'fc00::/64', gateway: 'fc00::1' },
        { subnet: '10.89.0.0/24', gateway: '10.89.0.1' },
      ],
      {
        a: { interfaces: { eth0: { subnets: [{ ipnet: 'fc00::2/64' }, { ipnet: '10.89.0.2/24' }] } } },
        b: { interfaces: {} },
      },
    ),
    { subnet: '10.89.0.0/24', taken: ['10.89.0.1', '10.89.0.2'] },
  ],
  ['one network alone, not in a list', podman([{ subnet: '10.89.0.0/24' }])[0], { subnet: '10.89.0.0/24', taken: [] }],
])('cases 8: the subnet of %s', (_engine, inspected, expected) => expect(segment(inspected)).toEqual(expected));

test.each([
  [[]],
  [[{}]],
  [docker(null)],
  [docker([{ Subnet: 'fc00::/64' }])],
  [podman(null)],
  [[cni({ ranges: [] })]],
  [[cni({})]],
  [null],
  ['x'],
])('cases 8: %j has no IPv4 subnet', (value) => expect(segment(value)).toBeUndefined());

test('cases 8: where an engine does not tell who is on a network, its containers are asked', async () => {
  const answers: Readonly<Record<string, unknown>> = {
    network: JSON.stringify([cni({ ranges })]),
    ps: 'a\nb\n',
    inspect: JSON.stringify([
      { NetworkSettings: { Networks: { kind: { IPAddress: '10.89.0.7' } } } },
      { NetworkSettings: { Networks: { other: { IPAddress: '10.90.0.7' }, kind: { IPAddress: '' } } } },
    ]),
  };
  const run = async ([command = '']: readonly string[]) => ({ exitCode: 0, stdout: String(answers[command]), stderr: '' });
  const engine = { name: 'podman', run } as unknown as Engine;
  expect(await readSegment(engine, 'kind')).toEqual({ subnet: '10.89.0.0/24', taken: ['10.89.0.1', '10.89.0.7'] });
});

test.each<[string, object, string | undefined]>([
  ['Docker and Podman', { Networks: { kind: { IPAddress: '172.18.0.3' }, other: { IPAddress: '10.0.0.3' } } }, '172.18.0.3'],
  ['nerdctl', { IPAddress: '10.4.1.3', Networks: { 'unknown-eth0': { IPAddress: '10.4.1.3' } } }, '10.4.1.3'],
  ['a container on another network only', { IPAddress: '', Networks: { kind: { IPAddress: '' } } }, undefined],
  ['a container without a network', { Networks: null }, undefined],
])('cases 8: the address of a container of %s', (_engine, settings, address) => {
  expect(addressesOn(JSON.stringify([{ NetworkSettings: settings }]), 'kind')).toEqual([address]);
});
