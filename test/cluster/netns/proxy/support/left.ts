import type { RuleProgram } from '../../../../../src/cluster/netns/proxy/program.ts';
import type { RuleMode } from '../../../../../src/cluster/netns/proxy/proxier.ts';
import { byService } from './by-service.ts';
import { restored } from './iptables-text.ts';
import { afterIpvs } from './ipvs-text.ts';
import { transacted } from './nftables-text.ts';

const inputs = (programs: readonly RuleProgram[], tool: string): string[] =>
  programs.filter(({ argv }) => argv[0] === tool).map(({ input }) => input);

/** What a run of programs leaves in the kernel, as something that can be compared. */
export const left: Readonly<Record<RuleMode, (programs: readonly RuleProgram[]) => unknown>> = {
  iptables: (programs) => byService(restored(inputs(programs, 'iptables-restore'))),
  nftables: (programs) => {
    const { chains, sets } = transacted(inputs(programs, 'nft'));
    return { chains: Object.fromEntries(chains), sets: Object.fromEntries(sets) };
  },
  ipvs: (programs) => ({
    ...afterIpvs(programs),
    // The order of Services in KUBE-IPVS-OUT-FILTER is theirs.
    iptables: Object.fromEntries(
      [...restored(inputs(programs, 'iptables-restore'))].map(([chain, rules]) => [
        chain,
        chain === 'filter KUBE-IPVS-OUT-FILTER' ? [...rules].sort() : rules,
      ]),
    ),
  }),
};
