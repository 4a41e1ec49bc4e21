/** A virtual server of IPVS with the real servers that it spreads over. Addresses are "address:port". */
export interface VirtualServer {
  readonly protocol: string;
  readonly address: string;
  readonly scheduler: string;
  /** Session affinity. */
  readonly persistent: boolean;
  readonly servers: readonly { readonly address: string; readonly weight: number }[];
}

/** Reads /proc/net/ip_vs (ip_vs_info_seq_show, net/netfilter/ipvs/ip_vs_ctl.c): addresses and ports are hexadecimal. IPv4 only. */
export function parseVirtualServers(text: string): VirtualServer[] {
  const found: (Omit<VirtualServer, 'servers'> & { servers: VirtualServer['servers'][number][] })[] = [];
  for (const line of text.split('\n')) {
    const [first = '', second = '', third = '', ...rest] = line.trim().split(/\s+/);
    if (first === '->') {
      const address = fromHex(second);
      if (address !== undefined) found.at(-1)?.servers.push({ address, weight: Number(rest[0]) });
    } else {
      const address = /^(?:TCP|UDP|SCTP)$/.test(first) ? fromHex(second) : undefined;
      if (address === undefined) continue;
      found.push({ protocol: first, address, scheduler: third, persistent: rest.includes('persistent'), servers: [] });
    }
  }
  return found;
}

/** Reads `ipvsadm --save --numeric`. IPv4 only; Services by firewall mark are left out, which kube-proxy does not make. */
export function parseSavedServers(text: string): VirtualServer[] {
  const found: (Omit<VirtualServer, 'servers'> & { servers: VirtualServer['servers'][number][] })[] = [];
  for (const line of text.split('\n')) {
    const [command, kind = '', address = '', ...rest] = line.trim().split(/\s+/);
    const protocol = PROTOCOLS[kind];
    if (protocol === undefined) continue;
    const value = (option: string) => (rest.includes(option) ? rest[rest.indexOf(option) + 1] : undefined);
    if (command === '-A')
      found.push({ protocol, address, scheduler: value('-s') ?? '', persistent: rest.includes('-p'), servers: [] });
    if (command === '-a')
      found
        .find((one) => one.protocol === protocol && one.address === address)
        ?.servers.push({ address: value('-r') ?? '', weight: Number(value('-w')) });
  }
  return found;
}

const PROTOCOLS: Readonly<Record<string, string>> = { '-t': 'TCP', '-u': 'UDP', '--sctp-service': 'SCTP' };

/**
 * The kernel hands out /proc/net/ip_vs in pieces of a page, less a line that does not fit; less than this is all of it. From the second
 * piece on servers may be missing where other network namespaces have some: going on, the kernel counts theirs too
 * (ip_vs_info_seq_next), and finding the place again only its own (ip_vs_info_array, net/netfilter/ipvs/ip_vs_ctl.c, until each
 * namespace had a table of its own). Linux 6.1 showed 19 to 24 of 60 in each of three namespaces, and all 60 where two of them were gone.
 */
export const WHOLE_BYTES = 4096 - 128;

/** A connection that IPVS carries. */
export interface IpvsConnection {
  readonly client: string;
  readonly virtual: string;
  readonly real: string;
}

/**
 * Reads the open connections of /proc/net/ip_vs_conn (ip_vs_conn_seq_show, net/netfilter/ipvs/ip_vs_conn.c). An earlier one of the same
 * port, of another client even, may be there too: it is not ESTABLISHED. Templates of persistence have no client port and are left out.
 */
export function parseConnections(text: string): IpvsConnection[] {
  return text.split('\n').flatMap((line): IpvsConnection[] => {
    const [protocol, fromIp = '', fromPort = '', toIp = '', toPort = '', destIp = '', destPort = '', state] = line
      .trim()
      .split(/\s+/);
    if (protocol !== 'TCP' || fromPort === '0000' || state !== 'ESTABLISHED') return [];
    const [client, virtual, real] = [
      [fromIp, fromPort],
      [toIp, toPort],
      [destIp, destPort],
    ].map(([address, port]) => fromHex(`${address}:${port}`));
    return client && virtual && real ? [{ client, virtual, real }] : [];
  });
}

function fromHex(text: string): string | undefined {
  const [, address, port] = /^([0-9A-F]{8}):([0-9A-F]{4})$/i.exec(text) ?? [];
  if (address === undefined || port === undefined) return undefined;
  const bytes = address.match(/../g)!.map((byte) => Number.parseInt(byte, 16));
  return `${bytes.join('.')}:${Number.parseInt(port, 16)}`;
}
