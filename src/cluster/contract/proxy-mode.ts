/** kube-proxy's modes; none where another program, or nothing, carries the Services. */
export const proxyModes = ['userspace', 'iptables', 'ipvs', 'nftables', 'none'] as const;
export type ProxyMode = (typeof proxyModes)[number];
