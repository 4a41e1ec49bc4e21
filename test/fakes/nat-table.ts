import type { Endpoint, ServiceRef } from '../../src/cluster/contract/deployment.ts';
import { iptablesChains, iptablesEndpointChain } from '../../src/cluster/kernel/kube-proxy-names.ts';

/** A Service with the connections that came to it, by way in and endpoint. */
export interface CountedService {
  readonly service: ServiceRef;
  readonly inside: readonly number[];
  readonly outside: readonly number[];
}

interface Answer {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * The nat table of a node as kube-proxy makes it (pkg/proxy/iptables/proxier.go), with what its rules have counted, and the commands of
 * iptables that the contract gives: -S, -F and -D.
 */
export function natTable(endpoints: readonly Endpoint[], services: () => readonly CountedService[]) {
  /** Chains that were flushed, and rules that were deleted, by hand: texts as `-S` shows them. */
  const flushed = new Set<string>();
  const deleted = new Set<string>();
  const rules = () =>
    services()
      .flatMap((counted) => rulesOf(counted, endpoints))
      .filter(([, text]) => !deleted.has(text) && !flushed.has(text.split(' ')[0]!));
  const chains = () => [
    ...new Set([
      ...['PREROUTING', 'KUBE-SERVICES', 'KUBE-NODEPORTS'],
      ...services().flatMap((counted) => rulesOf(counted, endpoints).map(([, text]) => text.split(' ')[0]!)),
    ]),
  ];
  const answer = (stdout: string, exitCode = 0): Answer => ({ exitCode, stdout, stderr: '' });

  return (argv: readonly string[]): Answer => {
    const [program = '', ...args] = argv;
    if (program === 'iptables-save')
      return answer(
        ['*nat', ...chains().map((name) => `:${name} - [0:0]`), ...rules().map(countedRule), 'COMMIT', ''].join('\n'),
      );
    const [verb, chain, number] = args.slice(args.indexOf('nat') + 1);
    const shown = rules().filter(([, text]) => chain === undefined || text.startsWith(`${chain} `));
    if (program !== 'iptables') return answer('', 1);
    if (verb === '-F') flushed.add(chain!);
    else if (verb === '-D') deleted.add(shown[Number(number) - 1]![1]);
    else if (verb !== '-S') return answer('', 2);
    return answer(verb === '-S' ? shown.map(([, text]) => `-A ${text}\n`).join('') : '');
  };
}

type Rule = readonly [packets: number, text: string];

const countedRule = ([packets, text]: Rule): string => `[${packets}:${packets * 60}] -A ${text}`;

const sum = (counts: readonly number[]): number => counts.reduce((all, count) => all + count, 0);

function rulesOf({ service, inside, outside }: CountedService, endpoints: readonly Endpoint[]): Rule[] {
  const chains = iptablesChains(service);
  const spreadOf = (policy?: 'local') => (policy === 'local' ? chains.local : chains.service);
  const inner = spreadOf(service.internalTrafficPolicy);
  const outer = spreadOf(service.externalTrafficPolicy);
  const each = endpoints.map(({ address, port }, index) => ({
    chain: iptablesEndpointChain(service, `${address}:${port}`),
    to: `${address}:${port}`,
    inside: inside[index] ?? 0,
    outside: outside[index] ?? 0,
  }));
  const spread = (chain: string, counts: readonly number[]): Rule[] => [
    ...each.flatMap(({ chain: to }): Rule[] =>
      service.sessionAffinity ? [[0, `${chain} -m recent --rcheck --seconds 10800 --reap --name ${to} --rsource -j ${to}`]] : [],
    ),
    ...each.map(({ chain: to }, index): Rule => {
      const left = endpoints.length - index;
      const share = left === 1 ? '' : `-m statistic --mode random --probability ${(1 / left).toFixed(11)} `;
      return [counts[index]!, `${chain} ${share}-j ${to}`];
    }),
  ];
  const both = each.map((one) => one.inside + one.outside);
  const spreads =
    service.nodePort === undefined || inner === outer
      ? spread(inner, both)
      : [
          ...spread(
            inner,
            each.map((one) => one.inside),
          ),
          ...spread(
            outer,
            each.map((one) => one.outside),
          ),
        ];
  const port = service.nodePort;
  return [
    [sum(inside) + sum(outside), 'PREROUTING -j KUBE-SERVICES'],
    [sum(inside), `KUBE-SERVICES -d ${service.clusterIP}/32 -p tcp -m tcp --dport ${service.port} -j ${inner}`],
    ...(port === undefined
      ? []
      : ([
          [sum(outside), `KUBE-SERVICES -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS`],
          [sum(outside), `KUBE-NODEPORTS -p tcp -m tcp --dport ${port} -j ${chains.external}`],
          [sum(outside), `${chains.external} -j ${outer}`],
        ] satisfies Rule[])),
    ...spreads,
    ...each.map(({ chain, to }, index): Rule => [both[index]!, `${chain} -p tcp -m tcp -j DNAT --to-destination ${to}`]),
  ];
}
