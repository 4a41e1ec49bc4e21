/** Where a Service port stands among the rules that every new connection walks in mode iptables. */
export interface ServicePosition {
  /** "namespace/name:port". */
  readonly service: string;
  /** Index of the rule for its cluster IP in KUBE-SERVICES, from 0. */
  readonly rule: number;
  /** The chain it leads to, KUBE-SVC-... or, with internal policy Local, KUBE-SVL-.... */
  readonly chain: string;
}

/**
 * Reads the Service ports in the order of table nat, chain KUBE-SERVICES, from `iptables-save` text of either backend; first and last
 * are found so, never from creation order (kube-proxy ranges over a Go map). Service ports without endpoints have no rule there.
 */
export function servicesInOrder(saved: string): readonly ServicePosition[] {
  const start = saved.search(/^\*nat$/m);
  if (start < 0) return [];
  const end = saved.indexOf('\nCOMMIT', start);
  const nat = saved.slice(start, end < 0 ? undefined : end);
  const positions: ServicePosition[] = [];
  let rule = 0;
  for (const line of nat.split('\n')) {
    // With counters (iptables-save -c) each rule begins with "[packets:bytes] ".
    const text = line.startsWith('[') ? line.slice(line.indexOf(']') + 2) : line;
    if (!text.startsWith('-A KUBE-SERVICES ')) continue;
    const match = /--comment "([^" ]+) cluster IP".* -j (\S+)$/.exec(text);
    if (match) positions.push({ service: match[1]!, rule, chain: match[2]! });
    rule += 1;
  }
  return positions;
}
