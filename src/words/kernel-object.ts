import type { KernelObject } from '../proof/kernel-object.ts';

/** An object as a sentence names it: "chain KUBE-SVC-...". */
export const objectText = (object: KernelObject): string => (words[object.kind] as (one: KernelObject) => string)(object);

const words: { readonly [Kind in KernelObject['kind']]: (object: Extract<KernelObject, { kind: Kind }>) => string } = {
  chain: ({ name }) => `chain ${name}`,
  target: ({ name }) => name,
  map: ({ name }) => `map ${name}`,
  rule: ({ rule, table, chain }) =>
    chain === undefined
      ? `rule ${rule}`
      : `${table === undefined ? 'a rule' : `table ${table}, a rule`} of chain ${chain}: ${rule}`,
  'no-rule': () => 'no rule of any table',
  'virtual-server': ({ name }) => `virtual server ${name}`,
  ipvs: () => 'IPVS',
  portal: ({ of }) => `the portal of ${of}`,
  entry: ({ entry, address, port }) => `the ${entry} entry ${address}:${port}`,
  'endpoint-chains': ({ behind }) => `the endpoints' chains behind ${behind}`,
  'service-rules': ({ address, port }) => `the rules for ${address}:${port}`,
  'host-port': ({ port }) => `hostPort ${port}`,
  'servicelb-pod': () => "servicelb's pod",
  'rules-to': ({ address }) => `rules that lead to ${address}`,
  'other-rules': () => 'rules of other owners',
};
