import { describe, expect, it } from 'vitest';
import type { ProxyConfig } from '../../../../src/cluster/netns/proxy/config.ts';
import { createProxier, type RuleMode } from '../../../../src/cluster/netns/proxy/proxier.ts';
import { byService } from './support/by-service.ts';
import { type Chains, restored } from './support/iptables-text.ts';
import { listed, transacted } from './support/nftables-text.ts';
import { recorded, recordedConfig, recordedObjects } from './support/recorded.ts';

// What the generators make, against what kube-proxy v1.34.4 installed for the same objects (test/fixtures/kube-proxy-rules/README.md).
// The only freedom: kube-proxy ranges over a Go map, so the order of Services in chains that all of them share varies from run to run.

const made = (mode: RuleMode, folder: string, config: ProxyConfig = recordedConfig) => {
  const programs = createProxier(mode, config).replace(recordedObjects(`${folder}objects.yaml`));
  return (tool: string): string[] => programs.filter(({ argv }) => argv[0] === tool).map(({ input }) => input);
};

const options: readonly (readonly [folder: string, what: string, config: ProxyConfig])[] = [
  ['', 'the shared objects', recordedConfig],
  ['broad/', 'every case', recordedConfig],
  ['odd/', 'edges: hints, conditions, duplicates, ranges, time-outs', recordedConfig],
  ['hidden/', 'cases 9.13: labels that kube-proxy leaves out', recordedConfig],
  [
    'masquerade-all/',
    'other options',
    {
      ...recordedConfig,
      masqueradeAll: true,
      localhostNodePorts: false,
      nodePortAddresses: ['172.18.0.0/24', '127.0.0.0/8'],
    },
  ],
  [
    'no-cluster-cidr/',
    'no pod network told',
    { node: recordedConfig.node, serviceCidrs: ['10.96.0.0/16'], nfacct: true, nodePortAddresses: ['primary'] },
  ],
];

describe('mode iptables', () => {
  const large = ['large/', 'more than 1,000 endpoints', recordedConfig] as const;
  it.each([...options, large])('%s makes the rules that kube-proxy made (%s)', (folder, _, config) => {
    // --iptables-masquerade-bit 10 of that recording is this mode's alone.
    const given = folder === 'masquerade-all/' ? { ...config, masqueradeBit: 10 } : config;
    const ours = restored(made('iptables', folder, given)('iptables-restore'));
    expect(byService(ours)).toEqual(byService(restored([recorded(`${folder}iptables-save.txt`)])));
  });

  it('leaves out what needs nfacct objects where the kernel has none, and nothing else', () => {
    const without = restored(made('iptables', '', { ...recordedConfig, nfacct: false })('iptables-restore'));
    const withIt = restored(made('iptables', '')('iptables-restore'));
    const missing = [...withIt].flatMap(([chain, rules]) =>
      rules.filter((rule) => !without.get(chain)?.includes(rule)).map((rule) => `${chain} ${/-j \S+/.exec(rule)?.[0]}`),
    );
    expect(missing.sort()).toEqual([
      'filter KUBE-FORWARD -j DROP',
      'nat KUBE-NODEPORTS -j KUBE-EXT-36SRL3I7JZKMDG5Q',
      'nat KUBE-NODEPORTS -j KUBE-EXT-M6NNOS2BO3X43QPN',
    ]);
    expect(without.get('filter KUBE-FORWARD')?.[0]).toBe('--ctstate INVALID -j DROP -m conntrack');
  });
});

describe('mode nftables', () => {
  it.each(options)('%s makes the table that kube-proxy made (%s)', (folder, _, config) => {
    const ours = transacted(made('nftables', folder, config)('nft'));
    // nft shows neighbouring addresses of a set as one range.
    const theirs = listed(recorded(`${folder}nftables.txt`).replace('172.18.255.8/31', '172.18.255.8, 172.18.255.9'));
    expect(Object.fromEntries(ours.sets)).toEqual(Object.fromEntries(theirs.sets));
    expect(Object.fromEntries(ours.chains)).toEqual(Object.fromEntries(theirs.chains));
  });
});

describe.each(['', 'broad/'])('mode ipvs, %s', (folder) => {
  const program = made('ipvs', folder);
  const lines = (text: string) => text.split('\n').filter(Boolean);

  it('makes the virtual servers that kube-proxy made', () => {
    expect(lines(program('ipvsadm').join('')).sort()).toEqual(lines(recorded(`${folder}ipvsadm-save.txt`)).sort());
  });

  it('makes the sets that kube-proxy made, but those of IPv6', () => {
    // Bucket size and start value are the kernel's own choice.
    const theirs = lines(recorded(`${folder}ipvs-ipset.txt`))
      .filter((line) => !line.includes(' KUBE-6-'))
      .map((line) => line.replace(/ bucketsize.*/, ''));
    expect(lines(program('ipset').join('')).sort()).toEqual(theirs.sort());
  });

  it('makes the iptables rules that kube-proxy made', () => {
    const filled = (chains: Chains) =>
      Object.fromEntries(
        [...chains]
          .filter(([chain, rules]) => rules.length > 0 || chain.includes('KUBE-'))
          // One Service's rules stand beside another's here; kube-proxy ranges over a map.
          .map(([chain, rules]) => [chain, chain === 'filter KUBE-IPVS-OUT-FILTER' ? [...rules].sort() : rules]),
      );
    const theirs = restored([recorded(`${folder}ipvs-iptables-save.txt`)]);
    expect(filled(restored(program('iptables-restore')))).toEqual(filled(theirs));
  });

  it('puts the addresses that kube-proxy put on kube-ipvs0', () => {
    const theirs = [...recorded(`${folder}ipvs-dummy.txt`).matchAll(/inet (\S+) scope/g)].map((match) => match[1]);
    const ours = [
      ...program('ip')
        .join('')
        .matchAll(/^addr add (\S+) dev kube-ipvs0$/gm),
    ].map((match) => match[1]);
    expect(ours.sort()).toEqual(theirs.sort());
  });
});
