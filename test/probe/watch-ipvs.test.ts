import { describe, expect, it } from 'vitest';
import { parseConnections, parseVirtualServers } from '../../src/probe/ipvs-tables.ts';
import { checkIpvs, countIpvs, ownConnections } from '../../src/probe/watch-ipvs.ts';
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
    const missing = { code: 'endpoint-without-rule', object: 'virtual server 172.18.0.9:30081', endpoint: { pod: 'here' } };
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
