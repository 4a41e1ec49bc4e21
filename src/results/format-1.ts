/**
 * Format 1 of plan.json, facts.json and results.ndjson, as versions before 0.2 wrote it, turned into format 2. The only place that knows
 * the old shapes. What is not an object, or not of the old shape, is left as it is: the schema of format 2 refuses it with the place.
 */
export function upgradePlan(content: unknown): unknown {
  if (!isObject(content)) return content;
  const { skips, overrides, provider } = content;
  const { image, ...ofLab } = isObject(overrides) ? overrides : {};
  return {
    ...content,
    format: 2,
    skips: isList(skips) ? skips.map((skip) => (isObject(skip) ? statedSkip(skip) : skip)) : skips,
    overrides: isObject(overrides) ? ofLab : overrides,
    provider: isObject(provider) ? upgradeChoice(provider, image) : provider,
  };
}

/** Images were among the overrides; no other option of a provider was recorded. */
const upgradeChoice = ({ reason, ...provider }: Content, image: unknown): unknown => ({
  ...provider,
  chosen: { code: 'stated', text: reason },
  options: image === undefined ? {} : { image },
});

export const upgradeFacts = (content: unknown): unknown => (isObject(content) ? { ...content, format: 2 } : content);

export function upgradeRecord(content: unknown): unknown {
  if (!isObject(content)) return content;
  switch (content.type) {
    case 'cell':
      return upgradeCell(content);
    case 'proof':
      return upgradeProof(content);
    case 'skip':
      return upgradeSkip(content);
    default:
      return content;
  }
}

const upgradeCell = (cell: Content): unknown => ({
  ...withGenerators(withCarriers(cell)),
  checks: isList(cell.checks) ? cell.checks.map((check) => (isObject(check) ? statedCheck(check) : check)) : cell.checks,
});

const statedCheck = ({ name, ok, seen, remedy }: Content): unknown => ({
  name,
  ok,
  seen: { code: 'stated', text: seen, remedy },
});

/** `carriersCpuMs` has milliseconds by "NAME on NODE", and `carriers` (absent in the oldest runs) what each of them is, by the same names. */
function withCarriers({ carriersCpuMs, carriers, ...cell }: Content): Content {
  if (!isObject(carriersCpuMs)) return { ...cell, ...(carriersCpuMs === undefined ? {} : { carriers: carriersCpuMs }) };
  const known = isObject(carriers) ? carriers : {};
  const used = Object.entries(carriersCpuMs).map(([name, ms]) => {
    const about = Object.hasOwn(known, name) ? known[name] : undefined;
    const { component, node } = isObject(about) ? { component: about.program, node: about.node } : namedCarrier(name);
    return {
      component: component === K3S ? 'k3s' : component,
      node,
      kind: 'process',
      cpuNs: typeof ms === 'number' ? Math.round(ms * 1e6) : ms,
    };
  });
  return { ...cell, ...(used.length > 0 ? { carriers: used } : {}) };
}

const K3S = 'k3s, the kubelet and the control plane in it';

/** "userspace-proxy on worker"; a name without a node is that of the component. */
function namedCarrier(name: string): { readonly component: string; readonly node: string } {
  const at = name.lastIndexOf(' on ');
  return at < 0 ? { component: name, node: '' } : { component: name.slice(0, at), node: name.slice(at + 4) };
}

/** A window had one generator, and its ports were the cell's. */
function withGenerators({ generator, ports, ...cell }: Content): Content {
  if (generator === undefined) return cell;
  const one = isObject(generator) ? { durationMs: cell.durationMs, ...generator, ports } : generator;
  return { ...cell, generators: [one] };
}

/** Sentences become facts that state them; problems were among the failures as sentences too. */
function upgradeProof({ hops, evidence, failures, problems: _, unobservable, clientAddress, ...proof }: Content): unknown {
  return {
    ...proof,
    ...(clientAddress === undefined ? {} : { clientAddress: upgradeClientAddress(clientAddress) }),
    ...(hops === undefined ? {} : { hops: isList(hops) ? hops.map(upgradeHop) : hops }),
    evidence: stated(evidence),
    problems: stated(failures),
    unobserved: unobservable === undefined ? [] : stated(unobservable),
  };
}

function upgradeClientAddress(old: unknown): unknown {
  if (!isObject(old)) return old;
  const { survived, ...address } = old;
  const found = new Map<unknown, string>([
    ['as source', 'source'],
    ['in X-Forwarded-For', 'forwarded-for'],
    ['no', 'nowhere'],
  ]);
  return { ...address, found: found.get(survived) };
}

const stated = (texts: unknown): unknown => (isList(texts) ? texts.map((text) => ({ code: 'stated', text })) : texts);

/** A path begins at its client and ends at the pods that answered; format 1 named a process between them in its sentence only. */
function upgradeHop(text: unknown, index: number, { length }: readonly unknown[]): unknown {
  const hop = { kind: 'stated', text };
  if (index === 0) return { ...hop, part: 'client' };
  if (index === length - 1 || typeof text !== 'string') return { ...hop, part: 'backend' };
  const [, program, rest] = /^\[([^\]]+)\] (.*)$/s.exec(text) ?? [];
  if (program !== undefined) return { ...hop, part: 'process', program, text: rest };
  return { ...hop, part: /\ba (user-space )?process\b/.test(text) ? 'process' : 'kernel' };
}

const upgradeSkip = ({ type, at, ...skip }: Content): unknown => ({ type, at, skip: statedSkip(skip) });

/** Old sentences stay as they were; fields that only a wrong file lacks or has are left to the schema. */
const statedSkip = ({ reason, remedy, ...skip }: Content): unknown => ({
  ...skip,
  code: 'stated',
  because: { code: 'stated', text: reason, remedy },
});

type Content = Readonly<Record<string, unknown>>;

const isList = (content: unknown): content is readonly unknown[] => Array.isArray(content);

const isObject = (content: unknown): content is Content =>
  typeof content === 'object' && content !== null && !Array.isArray(content);
