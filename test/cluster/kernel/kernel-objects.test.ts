import { describe, expect, test } from 'vitest';
import type { ProxyMode } from '../../../src/cluster/contract/provider.ts';
import { judgeKernel, type KernelTexts } from '../../../src/cluster/kernel/kernel-objects.ts';
import { procIpvs, recorded, tableOf } from '../../probe/recorded-rules.ts';

// What the kubelet, portmap and Docker leave on any node (KEP-3178, CNI plugins, Docker's own chains).
const others = [
  ':KUBE-KUBELET-CANARY - [0:0]',
  ':KUBE-MARK-DROP - [0:0]',
  ':CNI-HOSTPORT-DNAT - [0:0]',
  ':DOCKER_OUTPUT - [0:0]',
].join('\n');
const nat = (file: string) => tableOf(recorded(file), 'nat').replace('*nat\n', `*nat\n${others}\n`);
const userspace = `*nat\n${others}\n:KUBE-NODEPORT-CONTAINER - [0:0]\n:KUBE-PORTALS-CONTAINER - [0:0]\n:KUBE-PORTALS-HOST - [0:0]\nCOMMIT\n`;
const empty: KernelTexts = {
  nat: `*nat\n${others}\nCOMMIT\n`,
  ipvs: '',
  nft: 'table ip nat\ntable ip filter\ntable ip mangle\n',
};

const kernels: Record<ProxyMode, KernelTexts> = {
  none: empty,
  userspace: { ...empty, nat: userspace },
  iptables: { ...empty, nat: nat('iptables-save.txt') },
  ipvs: { ...empty, nat: nat('ipvs-iptables-save.txt'), ipvs: procIpvs(recorded('ipvsadm-save.txt')) },
  nftables: { ...empty, nft: `${empty.nft}table ip kube-proxy\n` },
};
const modes = Object.keys(kernels) as ProxyMode[];

describe.each(modes)('a kernel with what kube-proxy makes in mode %s', (made) => {
  test.each(modes)('judged for %s', (mode) => {
    const { evidence, failures } = judgeKernel(mode, kernels[made]);
    if (mode === made) {
      expect(failures).toEqual([]);
      expect(evidence).toHaveLength(1);
      return;
    }
    expect(failures).not.toEqual([]);
    if (mode !== 'none') expect(failures).toContain(`the kernel holds nothing that ${mode} mode makes`);
    if (made !== 'none') expect(failures).toContainEqual(expect.stringContaining(`also holds what ${made} mode makes`));
  });
});

test('the evidence counts what was found', () => {
  expect(judgeKernel('iptables', kernels.iptables).evidence).toEqual(['kernel: 7 KUBE-SVC- chains']);
  expect(judgeKernel('ipvs', kernels.ipvs).evidence).toEqual(['kernel: 11 virtual servers, and the KUBE-CLUSTER-IP set']);
  expect(judgeKernel('nftables', kernels.nftables).evidence).toEqual(['kernel: table ip kube-proxy']);
});

test('chains that a switch in place left behind spoil the proof of the other mode', () => {
  const left = { ...kernels.ipvs, nat: `${kernels.ipvs.nat}\n:KUBE-SVC-M6NNOS2BO3X43QPN - [0:0]\n` };
  expect(judgeKernel('ipvs', left).failures).toEqual(['the kernel also holds what iptables mode makes: 1 KUBE-SVC- chains']);
});

test('virtual servers of somebody else are no ipvs mode', () => {
  const keepalived = { ...kernels.iptables, ipvs: kernels.ipvs.ipvs };
  expect(judgeKernel('iptables', keepalived).failures).toEqual([]);
  expect(judgeKernel('ipvs', { ...kernels.ipvs, nat: empty.nat }).failures).not.toEqual([]);
});
