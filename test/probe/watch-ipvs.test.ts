import { describe, expect, it } from 'vitest';
import type { Host } from '../../src/cluster/contract/host.ts';
import { parseConnections, parseSavedServers, parseVirtualServers } from '../../src/probe/ipvs-tables.ts';
import { checkIpvs, countIpvs, ownConnections, readIpvs } from '../../src/probe/watch-ipvs.ts';
import type { Way } from '../../src/probe/way.ts';
import { procIpvs, recorded, ways } from './recorded-rules.ts';

const saved = recorded('ipvsadm-save.txt');
const check = (way: Way, text = saved) => checkIpvs(parseVirtualServers(procIpvs(text)), way, 'n1');

describe('virtual servers of mode ipvs (kube-proxy v1.34, recorded)', () => {
  it.each(Object.entries(ways))('%s: nothing speaks against what kube-proxy made', (_name, way) => {
    expect(check(way)).toEqual([]);
  });

  it('cases 3: a NodePort has a virtual server of its own', () => {
    const clusterIpOnly = saved.replaceAll(/^-[Aa] -t 172\.18\.0\.9:30081.*\n/gm, '');
    expect(check(ways.localNodePort, clusterIpOnly)).toEqual([
      expect.objectContaining({ code: 'entry-missing', address: '172.18.0.9', port: 30081 }),
    ]);
    expect(check(ways.localBalancer, clusterIpOnly)).toEqual([]);
  });

  it('cases 3: a real server that was deleted, is a stranger, is remote, or has no weight', () => {
    const own = /^-a -t 172\.18\.0\.9:30081 -r 10\.244\.9\.31:8080.*\n/m;
    const missing = {
      code: 'endpoint-without-rule',
      object: { kind: 'virtual-server', name: '172.18.0.9:30081' },
      endpoint: { pod: 'here' },
    };
    expect(check(ways.localNodePort, saved.replace(own, ''))).toMatchObject([missing]);
    expect(check(ways.localNodePort, saved.replace(own, '$&-a -t 172.18.0.9:30081 -r 10.244.9.32:8080 -m -w 1\n'))).toMatchObject(
      [{ code: 'remote-endpoint', endpoint: { pod: 'there' } }],
    );
    expect(check(ways.localNodePort, saved.replace(own, '$&-a -t 172.18.0.9:30081 -r 10.9.9.9:80 -m -w 1\n'))).toMatchObject([
      { code: 'stranger-endpoint', address: '10.9.9.9:80' },
    ]);
  });

  it('cases 3: session affinity that is not there, and that was not asked for', () => {
    expect(check(ways.sticky, saved.replace(' -p 600', ''))).toMatchObject([{ code: 'affinity-missing' }]);
    expect(check({ ...ways.sticky, affinity: false })).toMatchObject([{ code: 'affinity-unasked' }]);
  });

  it('a virtual server for UDP is not one for TCP', () => {
    expect(check(ways.clusterIp, saved.replaceAll('-t 10.96.100.1:80', '-u 10.96.100.1:80'))).toMatchObject([
      { code: 'entry-missing' },
    ]);
  });
});

// The kernel's own format (ip_vs_conn_seq_show, net/netfilter/ipvs/ip_vs_conn.c).
const table = [
  'Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData',
  'TCP AC120005 9C41 AC120009 7581 0AF4091F 1F90 ESTABLISHED     899',
  'TCP AC120005 9C42 AC120009 7581 0AF4091F 1F90 ESTABLISHED     899',
  'TCP AC120005 9C43 AC120009 7580 0AF40915 1F90 ESTABLISHED     899',
  'TCP AC120005 0000 0A606404 0050 0AF40929 1F90 NONE            599',
  'UDP AC120005 9C44 0A606406 0035 0AF4093D 14E9 UDP             299',
].join('\n');

it('what ipvsadm saves and what the kernel shows are the same servers', () => {
  const servers = parseSavedServers(saved);
  expect(servers.length).toBeGreaterThan(5);
  expect(servers).toEqual(parseVirtualServers(procIpvs(saved)));
});

it('an earlier connection of the same port, by another client, is not counted', () => {
  const earlier = 'TCP 0AF40103 9C41 AC120009 7581 0AF4093D 1F90 TIME_WAIT       110';
  expect(parseConnections(`${table}\n${earlier}`)).toEqual(parseConnections(table));
});

describe('a node without ipvsadm', () => {
  const node = (text: string): Host =>
    ({
      name: 'n1',
      exec: async ([program]: readonly string[]) =>
        program === 'ipvsadm'
          ? { exitCode: 127, stdout: '', stderr: 'ipvsadm: not found' }
          : { exitCode: 0, stdout: text, stderr: '' },
    }) as never;
  const without = saved.replaceAll(/^-[Aa] -t 172\.18\.0\.9:30081.*\n/gm, '');

  it('shows its servers in /proc', async () => {
    const { check: whole } = await readIpvs(node(procIpvs(saved)));
    expect(whole(ways.localNodePort)).toEqual([]);
    const { check: lacking } = await readIpvs(node(procIpvs(without)));
    expect(lacking(ways.localNodePort)).toMatchObject([{ code: 'entry-missing' }]);
  });

  it('shows no more than a piece of them for certain: what is not in it is unknown', async () => {
    const filler = Array.from({ length: 250 }, (_, index) => `-A -t 10.97.0.${index}:80 -s rr\n`).join('');
    const { check: lacking } = await readIpvs(node(procIpvs(`${filler}${without}`)));
    expect(lacking(ways.localNodePort)).toMatchObject([
      { code: 'rules-unreadable', command: 'ipvsadm --save --numeric', reason: expect.stringContaining('not found') },
    ]);
  });
});

it('cases 3: connections are counted by their virtual and real server, and only those of the client', () => {
  const ends = [40001, 40002, 40003].map((localPort) => ({ localAddress: '172.18.0.5', localPort }));
  const own = ownConnections(parseConnections(table), ends, ways.localNodePort);
  const { entered, objects, led } = countIpvs(own, ways.localNodePort, 'n1');
  expect(entered).toBe(2);
  expect(led).toEqual(new Map([['10.244.9.31:8080', 2]]));
  expect(objects.map(({ kind, name, moved }) => [kind, name, moved])).toEqual([
    ['virtual-server', '172.18.0.9:30081', 2],
    ['real-server', '10.244.9.31:8080', 2],
  ]);
  expect(ownConnections(parseConnections(table), ends.slice(0, 1), ways.localNodePort)).toHaveLength(1);
});
