import type { Host } from '../cluster/contract/host.ts';

/** A connection as the client saw its own end of it. */
export interface ClientEnd {
  readonly localAddress: string;
  readonly localPort: number;
}

/**
 * Which of a client's connections a node tracked on their way through a Service: address and port asked for, and where the answer
 * comes from. What rules without counters did is known from it.
 */
export async function trackedConnections(
  node: Host,
  ends: readonly ClientEnd[],
  destination: { address: string; port: number },
): Promise<readonly Tracked[]> {
  const ports = new Set(ends.map(({ localPort }) => localPort));
  const found = new Map<number, Tracked>();
  // The table may change while it is read, and entries are then missed; what any reading shows was there.
  for (let reading = 0; reading < READINGS && found.size < ports.size; reading += 1) {
    const table = await output(node, ['cat', '/proc/net/nf_conntrack']);
    const text = table || (await output(node, ['conntrack', '-L', '-p', 'tcp', '--orig-dst', destination.address]));
    for (const entry of readConntrack(text))
      if (entry.destination === destination.address && entry.destinationPort === destination.port && ports.has(entry.sourcePort))
        found.set(entry.sourcePort, entry);
  }
  return [...found.values()];
}

const READINGS = 3;

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
