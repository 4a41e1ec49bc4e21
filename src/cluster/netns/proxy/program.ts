import type { ProxyChange, ProxyObjects } from './service-map.ts';

/** One run of a rule tool: the words of its command line and what it reads on standard input. */
export interface RuleProgram {
  /** `iptables-restore` stands for the backend's own program: iptables-legacy-restore or iptables-nft-restore. */
  readonly argv: readonly ['iptables-restore' | 'nft' | 'ip' | 'ipset' | 'ipvsadm', ...string[]];
  readonly input: string;
  /** It fills a netlink message by itself: not to be joined with a neighbour that is alike. */
  readonly alone?: true;
}

/**
 * The rules of one node, kept up to date by changes. Programs are to be run one after the other in the node's network namespace, which
 * has no rules of kube-proxy before the first `replace`; each is atomic where its tool is.
 */
export interface Proxier {
  /** Full sync: forgets the objects that were, takes these, writes every rule. */
  replace(objects: ProxyObjects): readonly RuleProgram[];
  /** Partial sync: writes what the change touches, as kube-proxy does. Empty where nothing has to be written. */
  apply(change: ProxyChange): readonly RuleProgram[];
  /**
   * Deletes what an earlier `apply` could only make empty: in mode nftables chains, which kernels before 6.2 release a while after
   * their last reference is gone; call it a second or more later, or never. Other modes have nothing to sweep.
   */
  sweep(): readonly RuleProgram[];
}
