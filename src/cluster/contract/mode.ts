/** The modes of kube-proxy, and none of them. */
export const proxyModes = ['userspace', 'iptables', 'ipvs', 'nftables', 'none'] as const;
/** A mode of kube-proxy, or none. */
export type ProxyMode = (typeof proxyModes)[number];

/** The two kernels' ways behind the `iptables` command; they differ by more than most modes do, so results name it. */
export const iptablesBackends = ['legacy', 'nf_tables'] as const;
/** One of them. */
export type IptablesBackend = (typeof iptablesBackends)[number];
