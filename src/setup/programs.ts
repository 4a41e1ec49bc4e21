/** A program of the operating system and the package that holds it, by package manager. */
export interface Program {
  /** As on PATH. */
  readonly name: string;
  readonly package: Readonly<Partial<Record<PackageManager, string>>>;
}

export const packageManagers = ['apt-get', 'dnf', 'zypper', 'pacman', 'apk'] as const;
export type PackageManager = (typeof packageManagers)[number];

/** A package of this name with every manager, but for others. */
export const everywhere = (name: string, others: Program['package'] = {}): Program['package'] => ({
  ...Object.fromEntries(packageManagers.map((manager) => [manager, name])),
  ...others,
});

const iproute = everywhere('iproute2', { dnf: 'iproute' });
const iptables = everywhere('iptables', { dnf: 'iptables-nft' });
const legacyIptables = everywhere('iptables', { dnf: 'iptables-legacy', apk: 'iptables-legacy' });
const bird = everywhere('bird', { 'apt-get': 'bird2' });
const utilLinux = everywhere('util-linux');

const packages = {
  arping: everywhere('iputils-arping', { dnf: 'iputils', zypper: 'iputils', pacman: 'iputils' }),
  bird,
  birdc: bird,
  conntrack: everywhere('conntrack-tools', { 'apt-get': 'conntrack' }),
  ip: iproute,
  ipset: everywhere('ipset'),
  'iptables-legacy': legacyIptables,
  'iptables-legacy-restore': legacyIptables,
  'iptables-legacy-save': legacyIptables,
  'iptables-nft': iptables,
  'iptables-nft-restore': iptables,
  'iptables-nft-save': iptables,
  ipvsadm: everywhere('ipvsadm'),
  'linux.uml': { 'apt-get': 'user-mode-linux' },
  modprobe: everywhere('kmod'),
  mount: { ...utilLinux, 'apt-get': 'mount' },
  nft: everywhere('nftables'),
  nsenter: utilLinux,
  setsid: utilLinux,
  setpriv: { ...utilLinux, apk: 'setpriv' },
  ss: { ...iproute, apk: 'iproute2-ss' },
  stty: everywhere('coreutils'),
  sysctl: everywhere('procps', { dnf: 'procps-ng', pacman: 'procps-ng' }),
  tc: { ...iproute, dnf: 'iproute-tc' },
  unshare: utilLinux,
  xargs: everywhere('findutils'),
} satisfies Readonly<Record<string, Program['package']>>;

export type ProgramName = keyof typeof packages;

/** The programs that providers may ask for by name; an engine and kind are never among them. */
export const programs = (...names: readonly ProgramName[]): readonly Program[] =>
  names.map((name) => ({ name, package: packages[name] }));
