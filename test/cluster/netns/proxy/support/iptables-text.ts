/** Rules by "table chain", each as sorted options, so that text for iptables-restore and text from iptables-save can be compared. */
export type Chains = ReadonlyMap<string, readonly string[]>;

/**
 * What `iptables-restore --noflush` makes of texts, one after the other, beginning with `before`; also reads what `iptables-save` prints.
 * Jumps put in front (-I), flushed chains (":CHAIN") and deleted ones (-X) are heeded.
 */
export function restored(texts: readonly string[], before: Chains = new Map()): Chains {
  const chains = new Map([...before].map(([chain, rules]) => [chain, [...rules]]));
  for (const text of texts) {
    let table = '';
    for (const line of text.split('\n')) {
      if (line.startsWith('*')) table = line.slice(1);
      else if (line.startsWith(':')) chains.set(`${table} ${line.slice(1).split(' ')[0]}`, []);
      else if (line.startsWith('-')) command(chains, table, words(line));
    }
  }
  return chains;
}

function command(chains: Map<string, string[]>, table: string, [verb, chain, ...options]: readonly string[]): void {
  const key = `${table} ${chain}`;
  // Counters are not compared.
  if (verb === '-Z') return;
  if (verb === '-X') {
    if (chains.get(key)?.length !== 0) throw new Error(`${key} is not empty, or not there`);
    chains.delete(key);
    return;
  }
  const rules = chains.get(key) ?? [];
  const rule = canonical(options);
  // Built-in chains need not be declared; any other must be.
  if (!chains.has(key) && chain?.startsWith('KUBE-')) throw new Error(`${key} was not declared`);
  chains.set(key, verb === '-I' ? [rule, ...rules] : [...rules, rule]);
}

const words = (line: string): string[] =>
  [...line.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1]?.replaceAll("\\'", "'") ?? match[2] ?? '');

function canonical(tokens: readonly string[]): string {
  const options: string[] = [];
  for (let at = 0; at < tokens.length; ) {
    const not = tokens[at] === '!' ? '! ' : '';
    if (not) at += 1;
    const name = tokens[at]!;
    const values: string[] = [];
    for (at += 1; at < tokens.length && !tokens[at]!.startsWith('-') && tokens[at] !== '!'; at += 1) values.push(tokens[at]!);
    options.push(...spelledOut(not, name, values));
  }
  return [...new Set(options)].sort().join(' ');
}

const protocols: Readonly<Record<string, string>> = { tcp: '6', udp: '17', sctp: '132' };

// iptables-save writes out what iptables-restore may leave to defaults.
function spelledOut(not: string, name: string, values: readonly string[]): string[] {
  const value = values.join(' ');
  const hex = (text: string) => text.replaceAll(/0x0*(?=[0-9a-f])/g, '0x');
  if ((name === '-s' || name === '-d') && !value.includes('/')) return [`${not}${name} ${value}/32`];
  if (name === '--mark') return [`${not}--mark ${hex(value)}`];
  if (name === '--xor-mark') return [`--set-xmark ${hex(value)}/0x0`];
  if (name === '--or-mark') return [`--set-xmark ${hex(value)}/${hex(value)}`];
  if (name === '-j' && value === 'REJECT') return ['-j REJECT', '--reject-with icmp-port-unreachable'];
  if (name === '--vproto') return [`--vproto ${protocols[value] ?? value}`];
  if (name === '-m' && value === 'recent') return ['-m recent', '--mask 255.255.255.255', '--rsource'];
  // The kernel keeps a chance as a number of 31 bits.
  if (name === '--probability') return [`--probability ${Math.round(Number(value) * 2 ** 31)}`];
  return [`${not}${name} ${value}`.trim()];
}
