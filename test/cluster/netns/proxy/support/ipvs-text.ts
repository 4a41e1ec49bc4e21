import type { RuleProgram } from '../../../../../src/cluster/netns/proxy/program.ts';

/** Virtual servers with their endpoints, set entries and addresses, after programs of mode ipvs; throws where a tool would refuse. */
export interface IpvsState {
  readonly servers: Readonly<Record<string, string>>;
  readonly sets: readonly string[];
  readonly addresses: readonly string[];
}

export function afterIpvs(programs: readonly RuleProgram[]): IpvsState {
  const servers = new Map<string, { options: string; endpoints: Set<string> }>();
  const sets = new Set<string>();
  const addresses = new Set<string>();
  const toggle = (present: boolean, held: Set<string>, item: string) => {
    if (held.has(item) === present) throw new Error(`${present ? 'there already' : 'not there'}: ${item}`);
    if (present) held.add(item);
    else held.delete(item);
  };
  for (const { argv, input } of programs) {
    for (const line of input.split('\n').filter(Boolean)) {
      if (argv[0] === 'ipset' && !line.startsWith('create')) toggle(line.startsWith('add'), sets, line.slice(4));
      if (argv[0] === 'ip' && line.startsWith('addr')) toggle(line.startsWith('addr add'), addresses, line.slice(9));
      if (argv[0] === 'ipvsadm') server(servers, line);
    }
  }
  const told = [...servers].map(([key, { options, endpoints }]) => [key, `${options} ${[...endpoints].sort()}`]);
  return { servers: Object.fromEntries(told.sort()), sets: [...sets].sort(), addresses: [...addresses].sort() };
}

function server(servers: Map<string, { options: string; endpoints: Set<string> }>, line: string): void {
  const [, verb, key = '', rest = ''] = /^(-[AEDad]) (-\S+ \S+) ?(.*)$/.exec(line) ?? [];
  const known = servers.get(key);
  const endpoint = /^-r (\S+)/.exec(rest)?.[1] ?? '';
  if ((verb === '-A') === (known !== undefined)) throw new Error(`refused: ${line}`);
  if (verb === '-A') servers.set(key, { options: rest, endpoints: new Set() });
  else if (verb === '-D') servers.delete(key);
  else if (verb === '-E') known!.options = rest;
  else if (known!.endpoints.has(endpoint) === (verb === '-a')) throw new Error(`refused: ${line}`);
  else if (verb === '-a') known!.endpoints.add(endpoint);
  else known!.endpoints.delete(endpoint);
}
