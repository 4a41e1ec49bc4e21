/**
 * Format 1 of plan.json, facts.json and results.ndjson, as versions before 0.2 wrote it, turned into format 2. The only place that knows
 * the old shapes. What is not an object, or not of the old shape, is left as it is: the schema of format 2 refuses it with the place.
 */
export const upgradePlan = (content: unknown): unknown => (isObject(content) ? { ...content, format: 2 } : content);

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

/** `carriersCpuMs` has milliseconds by "NAME on NODE", and `carriers` (absent in the oldest runs) what each of them is, by the same names. */
function upgradeCell({ carriersCpuMs, carriers, ...cell }: Content): unknown {
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

const upgradeProof = (proof: Content): unknown => proof;

const upgradeSkip = (skip: Content): unknown => skip;

type Content = Readonly<Record<string, unknown>>;

const isObject = (content: unknown): content is Content =>
  typeof content === 'object' && content !== null && !Array.isArray(content);
