import { BlockList } from 'node:net';

/** A rule of `iptables-save --counters`, by its parts. */
export interface IptablesRule {
  readonly chain: string;
  readonly packets: number;
  readonly protocol?: string;
  readonly destination?: Match;
  /** Inclusive ranges of --dport and --dports. */
  readonly ports?: readonly (readonly [number, number])[];
  /** Extension modules, as in "recent", "statistic". */
  readonly modules: readonly string[];
  /** Values of every other option, by its name with its hyphens. */
  readonly options: ReadonlyMap<string, readonly string[]>;
  /** Of -j or -g. */
  readonly target?: string;
  /** As iptables-save prints it, without counters; the same rule has the same text later. */
  readonly text: string;
}

interface Match {
  /** CIDR, or an address alone. */
  readonly value: string;
  readonly negated: boolean;
}

/** One table of iptables. With thousands of Services it has a hundred thousand rules, so only the chains that are asked for are parsed. */
export interface IptablesTable {
  readonly has: (chain: string) => boolean;
  /** The rules of a chain in order; none where there is no such chain. */
  readonly rules: (chain: string) => readonly IptablesRule[];
}

/** Reads one table of `iptables-save --counters` (iptables-save(8)); undefined where the text does not have it. */
export function parseIptablesSave(save: string, table = 'nat'): IptablesTable | undefined {
  const lines = new Map<string, string[]>();
  let current = '';
  let seen = false;
  for (const line of save.split('\n')) {
    if (line.startsWith('*')) current = line.slice(1).trim();
    if (current !== table) continue;
    seen = true;
    if (line.startsWith(':')) lines.set(line.slice(1).split(' ')[0]!, []);
    const [, chain] = /^\[\d+:\d+\] -A (\S+)/.exec(line) ?? [];
    if (chain !== undefined) lines.get(chain)?.push(line);
  }
  const parsed = new Map<string, readonly IptablesRule[]>();
  const rules = (chain: string): readonly IptablesRule[] => {
    const known = parsed.get(chain) ?? (lines.get(chain) ?? []).flatMap((line) => parseRule(line) ?? []);
    parsed.set(chain, known);
    return known;
  };
  return seen ? { has: (chain) => lines.has(chain), rules } : undefined;
}

function parseRule(line: string): IptablesRule | undefined {
  const [, counters, text] = /^\[(\d+):\d+\] (-A .*)$/.exec(line) ?? [];
  if (counters === undefined || text === undefined) return undefined;
  const [append, ...rest] = options(words(text));
  const options_ = new Map<string, string[]>();
  const modules: string[] = [];
  let rule: IptablesRule = { chain: append?.values[0] ?? '', packets: Number(counters), modules, options: options_, text };
  for (const { name, values, negated } of rest) {
    const [value = ''] = values;
    if (name === '-m') modules.push(value);
    else if (name === '-p') rule = { ...rule, protocol: value };
    else if (name === '-d') rule = { ...rule, destination: { value, negated } };
    else if (name === '-j' || name === '-g') rule = { ...rule, target: value };
    else if (name === '--dport' || name === '--dports') rule = { ...rule, ports: value.split(',').map(range) };
    else options_.set(negated ? `! ${name}` : name, values);
  }
  return rule;
}

const range = (text: string): readonly [number, number] => {
  const [low, high = low] = text.split(':').map(Number);
  return [low!, high!];
};

interface Word {
  readonly text: string;
  readonly quoted: boolean;
}

/** Words as iptables-save quotes them: in double quotes, with a backslash before quotes and backslashes. */
function words(text: string): Word[] {
  return [...text.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(([, quoted, plain]) =>
    quoted === undefined ? { text: plain!, quoted: false } : { text: quoted.replace(/\\(.)/g, '$1'), quoted: true },
  );
}

interface Option {
  readonly name: string;
  readonly values: string[];
  readonly negated: boolean;
}

function options(all: readonly Word[]): Option[] {
  const found: Option[] = [];
  let negated = false;
  for (const { text, quoted } of all) {
    if (!quoted && text === '!') negated = true;
    else if (!quoted && /^--?[a-z]/i.test(text)) {
      found.push({ name: text, values: [], negated });
      negated = false;
    } else found.at(-1)?.values.push(text);
  }
  return found;
}

/** Whether a rule can match TCP to an address and port; what else it asks for is not judged. */
export function canMatch(rule: IptablesRule, address: string, port: number): boolean {
  const { protocol = 'tcp', destination, ports } = rule;
  const toAddress = destination === undefined || holds(destination.value, address) !== destination.negated;
  return protocol === 'tcp' && toAddress && (ports === undefined || ports.some(([low, high]) => low <= port && port <= high));
}

/** Whether a CIDR holds an address. */
function holds(cidr: string, address: string): boolean {
  const [network = '', length = '32'] = cidr.split('/');
  const list = new BlockList();
  list.addSubnet(network, Number(length), 'ipv4');
  return list.check(address, 'ipv4');
}
