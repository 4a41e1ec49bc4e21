/** kube-proxy's table as `nft --json list table` prints it, as far as proofs read it (libnftables-json(5)). */
export interface NftTable {
  readonly has: (chain: string) => boolean;
  /** The rules of a chain in order. */
  readonly rules: (chain: string) => readonly NftRule[];
  /** The chain that an element of a verdict map leads to, by its key as in "10.96.0.1 . tcp . 80". */
  readonly element: (map: string, key: string) => string | undefined;
}

export interface NftRule {
  /** Chains that it jumps or goes to without a map. */
  readonly targets: readonly string[];
  /** It asks for the client's address. */
  readonly bySource: boolean;
  /** The set that the client's address must be in. */
  readonly sourceSet?: string;
  /** A spread over so many places, with the chain of each; an inline map. */
  readonly spread?: { readonly places: number; readonly chains: readonly string[] };
  /** The named map that decides. */
  readonly map?: string;
  /** "address:port". */
  readonly dnat?: string;
  /** It ends the walk without leading anywhere. */
  readonly ends: boolean;
  /** Its expressions in JSON, to name it. */
  readonly text: string;
}

type Json = { readonly [key: string]: Json } | readonly Json[] | string | number | boolean | null;

/** Reads the output of `nft --json list table ip kube-proxy`. @throws SyntaxError where it is no JSON. */
export function parseNftTable(text: string): NftTable {
  const entries = list(field(JSON.parse(text) as Json, 'nftables'));
  const chains = new Map<string, NftRule[]>();
  const maps = new Map<string, ReadonlyMap<string, string>>();
  for (const entry of entries) {
    const chain = field(entry, 'chain');
    if (chain) chains.set(String(field(chain, 'name')), []);
    const map = field(entry, 'map');
    if (map) maps.set(String(field(map, 'name')), elementsOf(map));
    const rule = field(entry, 'rule');
    if (rule) chains.get(String(field(rule, 'chain')))?.push(ruleOf(rule));
  }
  return {
    has: (chain) => chains.has(chain),
    rules: (chain) => chains.get(chain) ?? [],
    element: (map, key) => maps.get(map)?.get(key),
  };
}

function elementsOf(map: Json): ReadonlyMap<string, string> {
  return new Map(
    list(field(map, 'elem')).flatMap((element) => {
      const [key = null, verdict = null] = list(element);
      const target = targetOf(verdict);
      return target === undefined ? [] : [[keyText(key), target] as const];
    }),
  );
}

/** A key may be wrapped with a comment or a time-out: { elem: { val, comment } }. */
function keyText(key: Json): string {
  const inner = field(field(key, 'elem') ?? null, 'val');
  if (inner !== undefined) return keyText(inner);
  const parts = field(key, 'concat');
  return parts === undefined ? String(key) : list(parts).map(String).join(' . ');
}

function targetOf(expression: Json): string | undefined {
  for (const kind of ['goto', 'jump']) {
    const target = field(field(expression, kind) ?? null, 'target');
    if (target !== undefined) return String(target);
  }
  return undefined;
}

function ruleOf(rule: Json): NftRule {
  const expressions = list(field(rule, 'expr'));
  const targets = expressions.flatMap((expression) => targetOf(expression) ?? []);
  let found: NftRule = {
    targets,
    bySource: false,
    ends: expressions.some((one) =>
      ['accept', 'drop', 'reject', 'return', 'redirect', 'queue'].some((verdict) => has(one, verdict)),
    ),
    text: JSON.stringify(expressions),
  };
  for (const expression of expressions) {
    const match = field(expression, 'match');
    if (match) {
      const left = JSON.stringify(field(match, 'left'));
      const right = field(match, 'right');
      const bySource = left.includes('"saddr"') || left.includes('"fib"');
      const set = bySource && typeof right === 'string' && right.startsWith('@') ? { sourceSet: right.slice(1) } : {};
      found = { ...found, bySource: found.bySource || bySource, ...set };
    }
    const map = field(expression, 'vmap');
    if (map) found = { ...found, ...mapOf(map) };
    const dnat = field(expression, 'dnat');
    if (dnat) found = { ...found, dnat: `${String(field(dnat, 'addr'))}:${String(field(dnat, 'port'))}` };
  }
  return found;
}

function mapOf(map: Json): Pick<NftRule, 'map' | 'spread'> {
  const data = field(map, 'data') ?? null;
  if (typeof data === 'string') return { map: data.replace(/^@/, '') };
  const places = field(field(field(map, 'key') ?? null, 'numgen') ?? null, 'mod');
  const chains = list(field(data, 'set')).flatMap((element) => targetOf(list(element)[1] ?? null) ?? []);
  return places === undefined ? {} : { spread: { places: Number(places), chains } };
}

const isMap = (value: Json | undefined): value is { readonly [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const has = (value: Json, key: string): boolean => isMap(value) && key in value;
const field = (value: Json, key: string): Json | undefined => (isMap(value) ? value[key] : undefined);
const list = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : []);
