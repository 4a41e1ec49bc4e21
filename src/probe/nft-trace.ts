import type { Host } from '../cluster/contract/host.ts';
import { waitFor } from '../waiting/wait.ts';
import type { ClientEnd } from './conntrack.ts';

/** One step of a packet through a chain. */
export interface TraceStep {
  /** "ip kube-proxy": family and name of the table. */
  readonly table: string;
  readonly chain: string;
  /** The rule that decided, as nft prints it; absent for a chain's policy. */
  readonly rule?: string;
  /** "goto", "jump", "accept", "drop", ... */
  readonly verdict: string;
  /** Of goto and jump. */
  readonly target?: string;
}

/** First packets of connections on their way through a node's nftables chains. */
export interface Trace extends AsyncDisposable {
  /** The steps of each connection, by the client's port: another node may masquerade its address. Those that did not come by here are missing. */
  walks(ends: readonly ClientEnd[]): Promise<ReadonlyMap<number, readonly TraceStep[]>>;
}

/** Ours alone; it is deleted afterwards, and written anew should it have been left behind. */
const TABLE = 'trafficlab-proof';
const READY_MS = 20_000;
const ARRIVE_MS = 5_000;
/** An end for the reader where nothing else ends it: a process in a container outlives the command that started it. */
const LONGEST_SECONDS = 120;
const COMMAND_MS = 30_000;

/**
 * Marks the first packets to an address and port in a table of our own, for the kernel to tell each chain and rule that they meet
 * (`nft monitor trace`, nft(8)); the chains of others are left alone. Their hook comes before NAT (priority raw), where connections come in.
 * @throws CommandError, TimeoutError where the kernel or nft cannot.
 */
export async function startTrace(
  node: Host,
  { address, port }: { readonly address: string; readonly port: number },
): Promise<Trace> {
  const lines: string[] = [];
  const stop = new AbortController();
  // Not `monitor trace`: that says nothing until a packet comes, and the table's own event shows that it listens.
  const reading = (async () => {
    const argv = ['timeout', String(LONGEST_SECONDS), 'nft', 'monitor'];
    for await (const line of node.lines(argv, { signal: stop.signal })) if (OURS.test(line)) lines.push(line);
  })();
  let ended: Error | undefined;
  reading.then(
    () => (ended = new Error('nft monitor ended')),
    (error: Error) => (ended = error),
  );
  const write = (input: string) => node.exec(['nft', '--file', '-'], { input, timeoutMs: COMMAND_MS });
  const end = async () => {
    await write(`table ip ${TABLE}\ndelete table ip ${TABLE}\n`).finally(() => {
      stop.abort();
    });
    await reading.catch(() => {});
  };
  try {
    await waitFor(`nft monitor on ${node.name}`, { deadlineMs: READY_MS, intervalMs: 50 }, async () => {
      if (ended) return { value: false };
      await write(traceTable(address, port));
      return lines.some((line) => line === `add table ip ${TABLE}`) ? { value: true } : { seen: 'no event for our own table' };
    });
    if (ended) throw ended;
  } catch (error) {
    await end().catch(() => {});
    throw error;
  }
  return {
    async walks(ends) {
      const all = () => parseTrace(lines);
      const complete = async () => {
        const walks = all();
        const missing = ends.filter(({ localPort }) => !isOver(walks.get(localPort)));
        return missing.length === 0 ? { value: walks } : { seen: `no trace of ${missing.length} connections` };
      };
      return waitFor('traces', { deadlineMs: ARRIVE_MS, intervalMs: 20 }, complete).catch(all);
    },
    [Symbol.asyncDispose]: end,
  };
}

const OURS = new RegExp(`^(?:trace |add table ip ${TABLE}$)`);

/** The address is decided. A walk that ends otherwise is waited for in vain, which only a proof that fails pays for. */
const isOver = (steps: readonly TraceStep[] | undefined): boolean =>
  steps?.some(({ rule = '' }) => /\bdnat\b/.test(rule)) ?? false;

const traceTable = (address: string, port: number): string =>
  [
    `table ip ${TABLE}`,
    `delete table ip ${TABLE}`,
    `table ip ${TABLE} {`,
    '  comment "trafficlab: deleted after a proof"',
    '  chain first-packets {',
    '    type filter hook prerouting priority raw; policy accept;',
    `    ip daddr ${address} tcp dport ${port} tcp flags & (syn | ack) == syn meta nftrace set 1`,
    '  }',
    '}',
    '',
  ].join('\n');

/** Reads what `nft monitor` prints of traces: a packet's own line names its client, and its steps follow under the same id. */
export function parseTrace(lines: readonly string[]): Map<number, TraceStep[]> {
  const clients = new Map<string, number>();
  const first = new Map<number, string>();
  const walks = new Map<number, TraceStep[]>();
  for (const line of lines) {
    const [, id, family, name, chain, rest = ''] = /^trace id (\S+) (\S+) (\S+) (\S+) (.*?)\s*$/.exec(line) ?? [];
    if (id === undefined || chain === undefined) continue;
    if (rest.startsWith('packet:')) {
      const port = Number(/\btcp sport (\d+)/.exec(rest)?.[1]);
      if (Number.isNaN(port)) continue;
      clients.set(id, port);
      // NAT decides with the first packet of a connection; one that was sent again has another id and meets no rule of it.
      if (!first.has(port)) first.set(port, id);
      continue;
    }
    const client = clients.get(id);
    const step = stepOf(rest);
    if (client === undefined || !step || first.get(client) !== id) continue;
    walks.set(client, [...(walks.get(client) ?? []), { table: `${family} ${name}`, chain, ...step }]);
  }
  return walks;
}

/** "rule TEXT (verdict goto CHAIN)", "policy accept", "verdict continue". */
function stepOf(rest: string): Omit<TraceStep, 'table' | 'chain'> | undefined {
  const [, rule, verdict, target] = /^(?:rule |unknown rule )?(.*) \(verdict (\S+)(?: (\S+))?\)$/.exec(rest) ?? [];
  if (verdict !== undefined) return { rule: rule!, verdict, ...(target === undefined ? {} : { target }) };
  const [, policy] = /^policy (\S+)$/.exec(rest) ?? [];
  return policy === undefined ? undefined : { verdict: policy };
}
