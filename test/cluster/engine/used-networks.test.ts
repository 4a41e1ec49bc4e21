import { describe, expect, it } from 'vitest';
import { ROUTER_PROTOCOL } from '../../../src/cluster/addresses/router-numbers.ts';
import type { Host } from '../../../src/cluster/contract/host.ts';
import type { Engine } from '../../../src/cluster/engine/engine.ts';
import { hostsUsed, registryOf } from '../../../src/cluster/engine/used-names.ts';
import { nameservers, routesOf, subnetsIn, usedNetworks } from '../../../src/cluster/engine/used-networks.ts';

const result = (stdout: string, exitCode = 0) => ({ exitCode, stdout, stderr: '' });
const routes = (...dst: string[]) => JSON.stringify(dst.map((one) => ({ dst: one, dev: 'eth0' })));

const networks: Readonly<Record<string, string>> = {
  bridge: JSON.stringify([{ IPAM: { Config: [{ Subnet: '172.17.0.0/16', Gateway: '172.17.0.1' }] } }]),
  registry: JSON.stringify([{ IPAM: { Config: [{ Subnet: '192.168.11.0/24' }, { Subnet: 'fc00:1::/64' }] } }]),
};
const engine = (onHost = routes('default', '192.168.1.0/24')) =>
  ({
    name: 'docker',
    run: async (args: readonly string[]) => {
      if (args[1] === 'ls') return result('bridge\nhost\nnone\nregistry\n');
      if (args[1] === 'inspect') return result(networks[args[2]!] ?? '[]', networks[args[2]!] ? 0 : 1);
      return result(onHost, onHost === '' ? 1 : 0);
    },
  }) as unknown as Engine;
const node = (answers: Readonly<Record<string, string>>): Host =>
  ({
    name: 'worker',
    exec: async ([program = '', , host = '']: readonly string[]) => {
      const said = answers[program === 'getent' ? `getent ${host}` : program];
      return result(said ?? '', said === undefined ? 2 : 0);
    },
  }) as unknown as Host;
const options = { cluster: 'c', toolsImage: 'tools', images: ['registry.corp:5000/nginx'] };

describe('cases 9.10: what is used around a cluster of containers', () => {
  it('is asked of the engine, its machine, the nodes, their DNS servers, and the registries that they pull from', async () => {
    const worker = node({
      ip: routes('default', '10.244.1.0/24', '10.250.0.0/16'),
      cat: 'search corp\nnameserver 10.1.1.1\nnameserver fe80::1\n',
      grep: 'https://mirror.corp:8443\n',
      'getent registry.corp': '10.7.7.7       STREAM registry.corp\n10.7.7.7       DGRAM\n',
      'getent mirror.corp': '10.8.8.8       STREAM mirror.corp\n',
    });
    const { used, unknown } = await usedNetworks({ ...options, engine: engine(), nodes: [worker] });
    expect(unknown).toEqual([]);
    const by = new Map(used.map((one) => [one.network, one.by]));
    expect(Object.fromEntries(by)).toMatchObject({
      '172.17.0.0/16': 'the network bridge of docker',
      '192.168.11.0/24': 'the network registry of docker',
      '192.168.1.0/24': 'a route of the machine of docker',
      '10.244.1.0/24': 'a route of worker',
      '10.250.0.0/16': 'a route of worker',
      '10.1.1.1': 'the DNS server of worker',
      '10.7.7.7': 'the address of registry.corp, which nodes pull images from or through',
      '10.8.8.8': 'the address of mirror.corp, which nodes pull images from or through',
    });
    expect([by.has('default'), by.has('fc00:1::/64')]).toEqual([false, false]);
  });

  it('what could not be looked at is unknown, not free', async () => {
    const { unknown } = await usedNetworks({ ...options, engine: engine(''), nodes: [node({})] });
    expect(unknown).toEqual(['routes of the machine of docker', 'routes of worker']);
  });

  it.each([
    ['Docker', '[{"IPAM":{"Config":[{"Subnet":"172.20.0.0/16"}]}}]'],
    ['Podman 4', '[{"subnets":[{"subnet":"172.20.0.0/16","gateway":"172.20.0.1"}]}]'],
    ['Podman 3 (CNI)', '[{"plugins":[{"ipam":{"ranges":[[{"subnet":"172.20.0.0/16"}]]}},{"type":"portmap"}]}]'],
  ])('a subnet is found where %s writes it', (_, json) => {
    expect(subnetsIn(json)).toEqual(['172.20.0.0/16']);
  });

  it.each(['', 'null', '[]', '[null]', '{"IPAM":null}', 'no JSON'])('no subnet is in %j', (json) => {
    expect(subnetsIn(json)).toEqual([]);
  });

  it('the route to an earlier router of ours is not in the way of the next', () => {
    const [ours, theirs] = [
      { dst: '192.168.11.0/24', protocol: String(ROUTER_PROTOCOL) },
      { dst: '10.0.0.0/8', protocol: 'static' },
    ];
    expect(routesOf(JSON.stringify([ours, theirs, { type: 'broadcast', dst: '10.0.0.255' }]))).toEqual(['10.0.0.0/8']);
    expect(routesOf('Error: unknown option')).toBeUndefined();
  });

  it.each([
    ['nginx:stable', 'registry-1.docker.io'],
    ['kindest/node:v1.34.4@sha256:aa', 'registry-1.docker.io'],
    ['localhost:5001/nginx', 'localhost'],
    ['192.168.11.7:5000/nginx', '192.168.11.7'],
    ['quay.io/metallb/speaker:v1', 'quay.io'],
  ])('the registry of %s is %s', (image, registry) => {
    expect(registryOf(image)).toBe(registry);
  });

  it('proxies of the environment count, in every spelling; what is no address does not', () => {
    const env = {
      HTTPS_PROXY: 'http://user:secret@10.5.5.5:3128',
      http_proxy: 'proxy.corp:8080',
      HTTP_PROXY: 'http://[',
      https_proxy: '',
    };
    expect(hostsUsed(['localhost/x'], env)).toEqual(['10.5.5.5', 'proxy.corp']);
    expect(nameservers('# nameserver 1.1.1.1\n nameserver 10.0.0.1 \nnameserver ::1')).toEqual(['10.0.0.1']);
  });
});
