import { expect, test } from 'vitest';
import type { Host } from '../../src/cluster/contract/host.ts';
import { arpAnswer } from '../../src/probe/arp.ts';

const host = (name: string, address: string, answers: Readonly<Record<string, unknown>>): Host => ({
  name,
  role: 'worker',
  address,
  exec: async () => ({ exitCode: 0, stdout: '', stderr: '' }),
  inNetwork: async ([, , object = '']) => ({ exitCode: 0, stdout: JSON.stringify(answers[object] ?? []), stderr: '' }),
  async *lines() {},
});
const node = (name: string, address: string, mac: string) =>
  host(name, address, {
    address: [
      { ifname: 'pod2', address: 'ee:ee:ee:ee:ee:ee', addr_info: [{ local: '10.244.1.1' }] },
      { ifname: 'eth0', address: mac, addr_info: [{ local: address }] },
    ],
  });
const nodes = [node('worker', '172.18.0.3', '0a:58:ac:12:00:03'), node('worker2', '172.18.0.4', '0a:58:ac:12:00:04')];
const asker = (neighbour: readonly unknown[]) => host('client', '172.18.0.9', { neighbour });

test('the node whose link address stands in the neighbour table is the leader', async () => {
  const answer = await arpAnswer(
    asker([{ dst: '172.18.255.200', dev: 'eth0', lladdr: '0A:58:AC:12:00:04', state: ['REACHABLE'] }]),
    '172.18.255.200',
    nodes,
  );
  expect(answer).toMatchObject({ leader: { name: 'worker2' }, mac: '0a:58:ac:12:00:04' });
});

test('an address for which no node answers, and one for which a stranger does', async () => {
  const failed = asker([{ dst: '172.18.255.200', dev: 'eth0', state: ['FAILED'] }]);
  expect(await arpAnswer(failed, '172.18.255.200', nodes)).toEqual({
    problem: { code: 'no-arp-answer', asker: 'client', address: '172.18.255.200', state: 'FAILED' },
  });
  const strange = asker([{ dst: '172.18.255.200', lladdr: '02:00:00:00:00:01', state: ['STALE'] }]);
  expect(await arpAnswer(strange, '172.18.255.200', nodes)).toMatchObject({
    problem: { code: 'arp-stranger', mac: '02:00:00:00:00:01' },
  });
});
