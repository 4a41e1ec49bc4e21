import type { Host } from '../cluster/contract/host.ts';

/** A connection as the client saw its own end of it. */
export interface ClientEnd {
  readonly localAddress: string;
  readonly localPort: number;
}

/**
 * Which of a client's connections each of some nodes tracked on their way through a Service: address and port asked for, and where the
 * answer comes from. What rules without counters did is known from it. Where a connection may be on any of them, asking all at once ends
 * sooner: the tables are read again until each connection was seen.
 */
export async function trackedOnEach(
  nodes: readonly Host[],
  ends: readonly ClientEnd[],
  { address, port }: { address: string; port: number },
): Promise<ReadonlyMap<Host, readonly Tracked[]>> {
  const ports = new Set(ends.map(({ localPort }) => localPort));
  const found = new Map(nodes.map((node) => [node, new Map<number, Tracked>()]));
  const seen = () => new Set([...found.values()].flatMap((tracked) => [...tracked.keys()])).size;
  const read = async (node: Host): Promise<void> => {
    const table = await output(node, ['cat', '/proc/net/nf_conntrack']);
    const text = table || (await output(node, ['conntrack', '-L', '-p', 'tcp', '--orig-dst', address]));
    for (const entry of readConntrack(text))
      if (entry.destination === address && entry.destinationPort === port && ports.has(entry.sourcePort))
        found.get(node)!.set(entry.sourcePort, entry);
  };
  for (let reading = 0; reading < READINGS && seen() < ports.size; reading += 1) await Promise.all(nodes.map(read));
  return new Map([...found].map(([node, tracked]) => [node, [...tracked.values()]]));
}

/** The same on one node. */
export async function trackedConnections(
  node: Host,
  ends: readonly ClientEnd[],
  destination: { address: string; port: number },
): Promise<readonly Tracked[]> {
  return (await trackedOnEach([node], ends, destination)).get(node)!;
}

/**
 * The kernel hands out its tables in pieces, and finds where to go on by counting entries: those that end meanwhile make it pass over as
 * many others. With 8,000 entries of which some expired, one reading missed 1 to 11 of 200 connections (Linux 6.1); what any reading
 * shows was there.
 */
export const READINGS = 10;

const output = async (node: Host, argv: readonly string[]): Promise<string> => {
  const { exitCode, stdout } = await node.exec(argv, { accept: 'any', timeoutMs: 60_000 });
  return exitCode === 0 ? stdout : '';
};

export interface Tracked {
  readonly sourcePort: number;
  readonly destination: string;
  readonly destinationPort: number;
  /** Where the answers come from: the backend after DNAT. */
  readonly answeredBy: string;
  /** Whom the backend answers to: the client, or who masqueraded for it. */
  readonly answeredTo: string;
}

/** An entry that was handed to a flow table shows no state. */
const OPEN = /\b(?:ESTABLISHED|(?:HW_)?OFFLOAD)\b/;

/** Reads the open connections of /proc/net/nf_conntrack or `conntrack -L`: each line has the original tuple and the reply tuple. */
export function readConntrack(text: string): Tracked[] {
  return text.split('\n').flatMap((line): Tracked[] => {
    const fields = [...line.matchAll(/\b(src|dst|sport|dport)=(\S+)/g)].map(([, , value]) => value ?? '');
    const [, destination = '', sourcePort, destinationPort, answeredBy = '', answeredTo = ''] = fields;
    // A port that load has used lately may have left an entry behind, on another node even; what is open now is ESTABLISHED.
    if (fields.length < 8 || !OPEN.test(line)) return [];
    return [{ sourcePort: Number(sourcePort), destination, destinationPort: Number(destinationPort), answeredBy, answeredTo }];
  });
}
