import type { Host } from '../cluster/contract/host.ts';
import type { MovedObject } from '../proof/hop.ts';
import type { KernelObject } from '../proof/kernel-object.ts';
import type { Problem } from '../proof/problem.ts';
import { type ClientEnd, READINGS } from './conntrack.ts';
import { divertedFrom } from './diverted.ts';
import {
  type IpvsConnection,
  parseConnections,
  parseSavedServers,
  parseVirtualServers,
  type VirtualServer,
  WHOLE_BYTES,
} from './ipvs-tables.ts';
import { type Output, readOutput } from './read-output.ts';
import type { Counted, Rules, Watch } from './watch.ts';
import { affinityProblems, strangerAt } from './watch-iptables.ts';
import { endpointsOf, serviceOf, type Way } from './way.ts';

const SAVED = ['ipvsadm', '--save', '--numeric'];
const SERVERS = ['cat', '/proc/net/ip_vs'];
const CONNECTIONS = ['cat', '/proc/net/ip_vs_conn'];

/** Reads the virtual servers of mode ipvs; a NodePort and a LoadBalancer's address have some of their own. */
export async function readIpvs(node: Host): Promise<Rules> {
  const saved = await readOutput(node, SAVED);
  if ('text' in saved) return { check: (way) => checkIpvs(parseSavedServers(saved.text), way, node.name) };
  const output = await readOutput(node, SERVERS);
  return { check: (way) => checkOutput(output, saved.reason, way, node.name) };
}

/** Counts the connections in IPVS' own table, by the client's ports: each has its virtual and its real server there. */
export async function watchIpvs(node: Host, way: Way): Promise<Watch> {
  const { check } = await readIpvs(node);
  return {
    problems: check(way),
    async count(ends) {
      const carried = new Map<string, IpvsConnection>();
      for (let reading = 0; reading < READINGS && carried.size < ends.length; reading += 1) {
        const output = await readOutput(node, CONNECTIONS);
        if (!('text' in output)) return { entered: 0, objects: [], problems: unreadable(output, way, node.name) };
        for (const one of ownConnections(parseConnections(output.text), ends, way)) carried.set(one.client, one);
      }
      const counted = countIpvs([...carried.values()], way, node.name);
      const problems = [
        ...(await readIpvs(node)).check(way),
        ...(carried.size < ends.length ? await divertedFrom(node, way, ends, carried.size) : []),
      ];
      return { ...counted, problems };
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

const at = (way: Way, node: string) => ({ node, service: serviceOf(way) });

const unreadable = (output: Exclude<Output, { text: string }>, way: Way, node: string): Problem[] => [
  { code: 'rules-unreadable', ...at(way, node), ...output },
];

/** Where there is no ipvsadm. @param lacking why. */
function checkOutput(output: Output, lacking: string, way: Way, node: string): Problem[] {
  if (!('text' in output)) return unreadable(output, way, node);
  const problems = checkIpvs(parseVirtualServers(output.text), way, node);
  if (problems.length === 0 || output.text.length < WHOLE_BYTES) return problems;
  return unreadable({ command: SAVED.join(' '), reason: `${lacking}; /proc/net/ip_vs alone is incomplete` }, way, node);
}

/** Pure part: whether the virtual server of a way leads to its endpoints and to nothing else. */
export function checkIpvs(servers: readonly VirtualServer[], way: Way, node: string): Problem[] {
  const place = at(way, node);
  const key = `${way.address}:${way.port}`;
  const server = servers.find(({ protocol, address }) => protocol === 'TCP' && address === key);
  if (!server) return [{ code: 'entry-missing', ...place, where: { kind: 'ipvs' }, address: way.address, port: way.port }];
  const object: KernelObject = { kind: 'virtual-server', name: key };
  const wanted = endpointsOf(way, way.spreads[0]!, node);
  const leads = server.servers.filter(({ weight }) => weight > 0).map(({ address }) => address);
  const missing = wanted.filter(({ address, port }) => !leads.includes(`${address}:${port}`));
  const strangers = leads.filter((lead) => !wanted.some(({ address, port }) => `${address}:${port}` === lead));
  const weights = new Set(server.servers.map(({ weight }) => weight).filter((weight) => weight > 0));
  return [
    ...missing.map((endpoint): Problem => ({ code: 'endpoint-without-rule', ...place, object, endpoint })),
    ...strangers.map((address) => strangerAt(way, node, object, address)),
    ...(weights.size > 1 ? [{ code: 'uneven-spread', ...place, object } as const] : []),
    ...affinityProblems(way, node, object, { wanted: 1, sticky: server.persistent ? 1 : 0 }),
  ];
}

/** A client's own connections to a way's virtual server, by its ports: another node may masquerade its address. */
export function ownConnections(all: readonly IpvsConnection[], ends: readonly ClientEnd[], way: Way): IpvsConnection[] {
  const ports = new Set(ends.map(({ localPort }) => String(localPort)));
  return all.filter(({ client, virtual }) => ports.has(client.split(':')[1]!) && virtual === `${way.address}:${way.port}`);
}

/** Pure part: the virtual server and the real servers that carried connections. */
export function countIpvs(carried: readonly IpvsConnection[], way: Way, node: string): Omit<Counted, 'problems'> {
  const led = new Map<string, number>();
  for (const { real } of carried) led.set(real, (led.get(real) ?? 0) + 1);
  const object = (kind: MovedObject['kind'], name: string, moved: number): MovedObject => ({
    kind,
    node,
    name,
    moved,
    seenBy: 'connections',
  });
  const servers = [...led].sort().map(([real, count]) => object('real-server', real, count));
  const entry = object('virtual-server', `${way.address}:${way.port}`, carried.length);
  return { entered: carried.length, objects: carried.length === 0 ? [] : [entry, ...servers], led };
}
