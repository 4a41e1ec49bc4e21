export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** What a fact is of: what was asked for, the machine, or a cluster. */
type Kind = 'plan' | 'machine' | 'cluster';

/**
 * Recorded facts in which two runs may differ and still come from one environment, each with the reason. Every other fact counts, also
 * one that a later version adds. "*" is any one name.
 */
export const volatileFacts: readonly { readonly of: Kind; readonly fact: string; readonly why: string }[] = [
  ...['name', 'question', 'claims'].map((key) => ({
    of: 'plan' as const,
    fact: `lab.${key}`,
    why: 'words; nothing is measured by them',
  })),
  ...['proxyModes', 'targets', 'services', 'positions', 'series', 'hops'].map((key) => ({
    of: 'plan' as const,
    fact: `lab.${key}`,
    why: 'which cells there are; cells that only one run has are listed apart',
  })),
  ...['reference', 'equivalence'].map((key) => ({
    of: 'plan' as const,
    fact: `lab.${key}`,
    why: 'how figures are compared, not how they are made; the band is that of the earlier run',
  })),
  { of: 'plan', fact: 'lab.blocks', why: 'how often each cell was measured; the intervals show it' },
  { of: 'plan', fact: 'lab.seed', why: 'the order of cells, random in every run' },
  { of: 'plan', fact: 'lab.provider', why: 'the provider that ran is compared' },
  { of: 'machine', fact: 'hostname', why: 'a name; containers and CI machines have a new one each time' },
  { of: 'machine', fact: 'loadAverage', why: 'of the moment; the order of cells is random so that it meets all of them' },
  { of: 'cluster', fact: 'namespace', why: 'a name, new in each run' },
  { of: 'cluster', fact: 'detected.*.from', why: 'where a value was read; it names pods and nodes of the run' },
  { of: 'cluster', fact: 'detected.*.source', why: 'how sure a value is; the value itself counts' },
  { of: 'cluster', fact: 'deployed.addressPools', why: 'addresses, taken from what was free' },
  { of: 'cluster', fact: 'deployed.l2.pool', why: 'addresses, taken from what was free' },
  { of: 'cluster', fact: 'deployed.l2.leaders', why: 'which node answers for an address follows from the address' },
  { of: 'cluster', fact: 'deployed.bgp.pool', why: 'addresses, taken from what was free' },
  { of: 'cluster', fact: 'deployed.networks', why: 'addresses, taken from what was free' },
  { of: 'cluster', fact: 'deployed.bgp.clients', why: 'addresses, taken from what was free' },
  { of: 'cluster', fact: 'deployed.router.address', why: 'an address that the engine gave' },
  { of: 'cluster', fact: 'deployed.router.clients', why: 'addresses, taken from what was free' },
];

/** Parameters of the kernel's command line that say from where it was booted, and nothing of how it works. */
const BOOTED_FROM =
  /^(?:BOOT_IMAGE|initrd|root|rootfstype|rootflags|resume|resume_offset|cryptdevice|rd\.\S+|ds|cloud-config-url)=/;

/** Two boots of one machine differ by less than this in what they call all of its memory. */
const MEMORY_SHARE = 0.01;

/** Whether two recordings of one fact, neither of them a group of facts, say the same. */
export function sameFact(path: readonly string[], one: Json, other: Json): boolean {
  if (path.at(-1) === 'memoryMiB' && typeof one === 'number' && typeof other === 'number')
    return Math.abs(one - other) <= MEMORY_SHARE * Math.max(one, other);
  return canonical(one) === canonical(other);
}

/** A copy of what was recorded without what is volatile, and with names of nodes that do not hold the name of their cluster. */
export function withoutVolatile(of: Kind, facts: unknown): Json | undefined {
  const paths = volatileFacts.filter((one) => one.of === of).map(({ fact }) => fact.split('.'));
  return facts === undefined ? undefined : copy(JSON.parse(JSON.stringify(facts)) as Json, [], paths);
}

function copy(value: Json, path: readonly string[], volatile: readonly (readonly string[])[]): Json {
  const last = path.at(-1);
  if (last === 'kernelCommandLine' && typeof value === 'string') return parameters(value);
  if (Array.isArray(value) || typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([key]) => !volatile.some((one) => matches(one, [...path, key])));
  return Object.fromEntries(
    kept.map(([key, part]) => [last === 'nodes' ? nodeName(key) : key, copy(part, [...path, key], volatile)]),
  );
}

const matches = (pattern: readonly string[], path: readonly string[]): boolean =>
  pattern.length === path.length && pattern.every((part, index) => part === '*' || part === path[index]);

const parameters = (line: string): string =>
  line
    .split(/\s+/)
    .filter((one) => one !== '' && !BOOTED_FROM.test(one))
    .join(' ');

/** "worker2" of "trafficlab-ipvs-0a1b2c-p4711-worker2": clusters of containers have the process id in their names. */
const nodeName = (name: string): string => name.replace(/^(?:k3d-)?trafficlab-.+-[0-9a-f]{6}-p\d+-/, '');

/** Objects inside of lists may have their keys in any order. */
const canonical = (value: Json): string =>
  JSON.stringify(value, (_key, inner: Json) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1)))
      : inner,
  );
