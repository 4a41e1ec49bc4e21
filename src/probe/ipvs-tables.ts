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

/** A connection that IPVS carries. */
export interface IpvsConnection {
  readonly client: string;
  readonly virtual: string;
  readonly real: string;
}

/** Reads /proc/net/ip_vs_conn (ip_vs_conn_seq_show, net/netfilter/ipvs/ip_vs_conn.c); templates of persistence have no client port and are left out. */
export function parseConnections(text: string): IpvsConnection[] {
  return text.split('\n').flatMap((line): IpvsConnection[] => {
    const [protocol, fromIp = '', fromPort = '', toIp = '', toPort = '', destIp = '', destPort = ''] = line.trim().split(/\s+/);
    if (protocol !== 'TCP' || fromPort === '0000') return [];
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
