import { describe, expect, test } from 'vitest';
import type { Host } from '../../src/cluster/contract/host.ts';
import { readConntrack, trackedConnections, trackedOnEach } from '../../src/probe/conntrack.ts';

/** A node that answers some commands and fails at all others. */
const node = (answers: Readonly<Record<string, string>>): Host => ({
  name: 'n1',
  role: 'worker',
  address: '172.18.0.9',
  exec: async (argv) => {
    const stdout = answers[argv.join(' ')];
    return { exitCode: stdout === undefined ? 1 : 0, stdout: stdout ?? '', stderr: '' };
  },
  lines: async function* () {},
  inNetwork: async () => ({ exitCode: 1, stdout: '', stderr: '' }),
});

// nf_conntrack's own format: ct_seq_show, net/netfilter/nf_conntrack_standalone.c.
const tracked = [
  'ipv4     2 tcp      6 86399 ESTABLISHED src=10.244.0.4 dst=10.96.100.1 sport=40001 dport=80 src=10.244.9.11 dst=10.244.0.4 sport=8080 dport=40001 [ASSURED] mark=0 zone=0 use=2',
  'ipv4     2 tcp      6 86398 ESTABLISHED src=10.244.0.4 dst=10.96.100.1 sport=40002 dport=80 packets=6 bytes=420 src=10.244.9.12 dst=172.18.0.9 sport=8080 dport=61001 packets=4 bytes=480 [ASSURED] mark=0 zone=0 use=2',
  'ipv4     2 tcp      6 86399 ESTABLISHED src=10.244.0.4 dst=10.96.100.2 sport=40003 dport=80 src=10.244.9.21 dst=10.244.0.4 sport=8080 dport=40003 mark=0 zone=0 use=2',
  'ipv4     2 tcp      6 src=10.244.0.4 dst=10.96.100.2 sport=40005 dport=80 src=10.244.9.21 dst=10.244.0.4 sport=8080 dport=40005 [OFFLOAD] mark=0 zone=0 use=3',
  'ipv4     2 tcp      6 117 TIME_WAIT src=10.244.0.4 dst=10.96.100.1 sport=40004 dport=80 src=10.244.9.12 dst=10.244.0.4 sport=8080 dport=40004 [ASSURED] mark=0 zone=0 use=2',
  'ipv4     2 tcp      6 118 SYN_SENT src=10.244.0.4 dst=10.96.100.1 sport=40004 dport=80 [UNREPLIED] src=10.244.9.21 dst=10.244.0.4 sport=8080 dport=40004 mark=0 zone=0 use=2',
  'ipv4     2 icmp     1 29 src=10.244.0.4 dst=10.244.9.11 type=8 code=0 id=5 src=10.244.9.11 dst=10.244.0.4 type=0 code=0 id=5 mark=0 zone=0 use=2',
].join('\n');

describe('conntrack', () => {
  test('both tuples of each open connection, whatever else its line holds; what a port was used for before is none', () => {
    expect(readConntrack(tracked)).toEqual([
      { sourcePort: 40001, destination: '10.96.100.1', destinationPort: 80, answeredBy: '10.244.9.11', answeredTo: '10.244.0.4' },
      { sourcePort: 40002, destination: '10.96.100.1', destinationPort: 80, answeredBy: '10.244.9.12', answeredTo: '172.18.0.9' },
      { sourcePort: 40003, destination: '10.96.100.2', destinationPort: 80, answeredBy: '10.244.9.21', answeredTo: '10.244.0.4' },
      { sourcePort: 40005, destination: '10.96.100.2', destinationPort: 80, answeredBy: '10.244.9.21', answeredTo: '10.244.0.4' },
    ]);
  });

  const ends = [40001, 40002, 40003, 40004].map((localPort) => ({ localAddress: '10.244.0.4', localPort }));
  const destination = { address: '10.96.100.1', port: 80 };
  const ports = async (host: Host) => (await trackedConnections(host, ends, destination)).map(({ sourcePort }) => sourcePort);

  test("only the client's own connections to that very address and port count", async () => {
    expect(await ports(node({ 'cat /proc/net/nf_conntrack': tracked }))).toEqual([40001, 40002]);
  });

  test('what one reading passed over, another shows, on any of the nodes', async () => {
    const lines = tracked.split('\n');
    // Each reading lacks another line, as where entries expire meanwhile; nothing is read any more once all are seen.
    const flaky = (mine: readonly string[]): Host & { readings: number } => {
      const host = {
        ...node({}),
        readings: 0,
        exec: async () => {
          const lacking = host.readings++ % mine.length;
          return { exitCode: 0, stdout: mine.filter((_, index) => index !== lacking).join('\n'), stderr: '' };
        },
      };
      return host;
    };
    const [first, second] = [flaky([lines[0]!, lines[4]!]), flaky([lines[1]!, lines[4]!])];
    const found = await trackedOnEach([first, second], ends.slice(0, 2), destination);
    expect([...found.values()].map((each) => each.map(({ sourcePort }) => sourcePort))).toEqual([[40001], [40002]]);
    expect([first.readings, second.readings]).toEqual([2, 2]);
  });

  test('where the kernel shows no table, conntrack is asked', async () => {
    const listed = tracked.replaceAll(/^ipv4 {5}2 /gm, '');
    expect(await ports(node({ 'conntrack -L -p tcp --orig-dst 10.96.100.1': listed }))).toEqual([40001, 40002]);
    expect(await ports(node({}))).toEqual([]);
  });
});
