/** What a table holds, in the spelling of `nft list table`; elements are sorted. */
export interface Table {
  readonly chains: ReadonlyMap<string, readonly string[]>;
  /** Sets and maps: their properties, then their elements. */
  readonly sets: ReadonlyMap<string, { readonly properties: readonly string[]; readonly elements: readonly string[] }>;
}

interface Building {
  readonly chains: Map<string, string[]>;
  readonly sets: Map<string, { properties: string[]; elements: Map<string, string> }>;
}

/** What transactions of one command a line leave behind, one after the other; throws where `nft` would refuse one. */
export function transacted(texts: readonly string[]): Table {
  const table: Building = { chains: new Map(), sets: new Map() };
  for (const line of texts.join('').split('\n')) if (line) run(table, line);
  return finished(table);
}

/** Reads `nft list table ip kube-proxy`. */
export function listed(text: string): Table {
  const table: Building = { chains: new Map(), sets: new Map() };
  for (const [, kind, name, body = ''] of text.matchAll(/^\t(chain|set|map) (\S+) \{\n(.*?)^\t\}$/gms)) {
    if (kind === 'chain') {
      table.chains.set(
        name!,
        body
          .split('\n')
          .map((line) => line.trim())
          .filter(Boolean),
      );
      continue;
    }
    const all = /^\t\telements = \{(.*?)\}$/ms.exec(body)?.[1] ?? '';
    const properties = body.replace(/^\t\telements = \{.*?\}$/ms, '').split('\n');
    table.sets.set(name!, {
      properties: properties.map((line) => line.trim()).filter(Boolean),
      elements: new Map(
        all
          .split(',')
          .map((element) => [element.trim(), element.trim()] as const)
          .filter(([key]) => key),
      ),
    });
  }
  return finished(table);
}

const finished = ({ chains, sets }: Building): Table => ({
  chains,
  sets: new Map(
    [...sets].map(([name, { properties, elements }]) => [
      name,
      { properties: [...properties].sort(), elements: [...elements.values()].sort() },
    ]),
  ),
});

function run(table: Building, line: string): void {
  const [, verb, kind, name = '', rest = ''] =
    /^(add|delete|flush) (table|chain|rule|set|map|element) ip kube-proxy ?(\S*) ?(.*)$/.exec(line) ?? [];
  const gone = () => new Error(`not there: ${line}`);
  if (!verb) throw new Error(`not understood: ${line}`);
  if (kind === 'table') return;
  if (kind === 'chain') {
    if (verb === 'add') table.chains.set(name, table.chains.get(name) ?? chainHeader(rest));
    else if (!table.chains.has(name)) throw gone();
    else if (verb === 'delete') removeChain(table, name);
    else
      table.chains.set(
        name,
        table.chains.get(name)!.filter((text) => /^(type|comment) /.test(text)),
      );
  } else if (kind === 'rule') {
    if (!table.chains.has(name)) throw gone();
    for (const target of targets(rest)) if (!table.chains.has(target)) throw new Error(`leads to nowhere: ${line}`);
    table.chains.get(name)!.push(canonical(rest));
  } else if (kind === 'element') {
    const set = table.sets.get(name);
    const [, key = '', comment = '', value = ''] = /^\{ (.*?)( comment ".*?")?( : .*?)? \}$/.exec(rest) ?? [];
    if (!set) throw gone();
    if (verb === 'delete' ? !set.elements.delete(key) : set.elements.has(key)) throw new Error(`element: ${line}`);
    if (verb === 'add') set.elements.set(key, `${key}${comment}${value}`);
    for (const target of targets(value)) if (!table.chains.has(target)) throw new Error(`leads to nowhere: ${line}`);
  } else if (verb === 'delete') {
    if (!table.sets.delete(name)) throw gone();
    for (const rules of table.chains.values())
      if (rules.some((rule) => rule.includes(`@${name} `))) throw new Error(`in use: ${line}`);
  } else if (verb === 'flush') table.sets.get(name)!.elements.clear();
  else if (!table.sets.has(name)) table.sets.set(name, { properties: setProperties(rest), elements: new Map() });
}

function removeChain(table: Building, name: string): void {
  const rules = [...table.chains.values()].flat();
  const values = [...table.sets.values()].flatMap(({ elements }) => [...elements.values()]);
  if ([...rules, ...values].some((text) => targets(text).includes(name))) throw new Error(`in use: chain ${name}`);
  table.chains.delete(name);
}

const targets = (text: string): string[] => [...text.matchAll(/(?:goto|jump) ([^\s,]+)/g)].map((match) => match[1]!);

const priorities: Readonly<Record<string, string>> = {
  'prerouting -110': 'dstnat - 10',
  'prerouting -100': 'dstnat',
  'postrouting 100': 'srcnat',
};

function chainHeader(text: string): string[] {
  const comment = /comment "[^"]*"/.exec(text)?.[0];
  const [, type, hook, priority] = /type (\w+) hook (\w+) priority (-?\d+)/.exec(text) ?? [];
  if (!type) return comment ? [comment] : [];
  const named = priority === '0' ? 'filter' : (priorities[`${hook} ${priority}`] ?? priority);
  return [`type ${type} hook ${hook} priority ${named}; policy accept;`];
}

function setProperties(text: string): string[] {
  const properties = text
    .slice(1, -1)
    .split(' ; ')
    .map((part) => part.trim())
    .filter(Boolean);
  const spelled = properties.map((property) =>
    property.replace(/^timeout (\d+)s$/, (_, seconds) => `timeout ${duration(Number(seconds))}`),
  );
  // The kernel gives dynamic sets a size where none is told.
  return text.includes('dynamic') ? [...spelled, 'size 65535'] : spelled;
}

function duration(seconds: number): string {
  const parts = [Math.floor(seconds / 86400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60, seconds % 60];
  return parts.map((part, index) => (part ? `${part}${'dhms'[index]}` : '')).join('');
}

// As `nft list` spells what `nft -f` was told.
function canonical(rule: string): string {
  const wide = (hex: string) => `0x${hex.slice(2).padStart(8, '0')}`;
  return rule
    .replace(
      /^mark set mark (or|xor) (0x\w+)$/,
      (_, op, hex) => `meta mark set meta mark ${op === 'or' ? '|' : '^'} ${wide(hex)}`,
    )
    .replace(/^mark and (0x\w+) == 0 /, (_, hex) => `meta mark & ${wide(hex)} == 0x00000000 `)
    .replaceAll(' , ', ', ')
    .replace(/(daddr|saddr !=) \{ (.*) \}/, (_, match, addresses: string) => `${match} ${anonymous(addresses.split(', '))}`);
}

const anonymous = (addresses: string[]): string =>
  addresses.length === 1 ? addresses[0]! : `{ ${addresses.sort((a, b) => numeric(a) - numeric(b)).join(', ')} }`;
const numeric = (address: string): number =>
  address
    .split(/[./]/)
    .slice(0, 4)
    .reduce((sum, part) => sum * 256 + Number(part), 0);
