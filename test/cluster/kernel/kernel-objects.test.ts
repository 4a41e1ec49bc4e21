import { describe, expect, test } from 'vitest';
import type { Host } from '../../../src/cluster/contract/host.ts';
import type { ProxyMode } from '../../../src/cluster/contract/provider.ts';
import { judgeKernel, type KernelTexts, lookIntoKernel } from '../../../src/cluster/kernel/kernel-objects.ts';
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
    const { evidence, problems } = judgeKernel('worker', mode, kernels[made]);
    if (mode === made) {
      expect(problems).toEqual([]);
      expect(evidence).toHaveLength(1);
      return;
    }
    expect(problems).not.toEqual([]);
    if (mode !== 'none') expect(problems).toContainEqual({ code: 'mode-absent', node: 'worker', mode });
    if (made !== 'none') expect(problems).toContainEqual(expect.objectContaining({ code: 'other-mode-present', mode: made }));
  });
});

test('the evidence counts what was found', () => {
  expect(judgeKernel('worker', 'iptables', kernels.iptables).evidence).toMatchObject([{ code: 'kernel-objects', count: 7 }]);
  expect(judgeKernel('worker', 'ipvs', kernels.ipvs).evidence).toMatchObject([{ code: 'kernel-objects', count: 11 }]);
  expect(judgeKernel('worker', 'nftables', kernels.nftables).evidence).toMatchObject([{ code: 'kernel-objects', count: 1 }]);
});

test('chains that a switch in place left behind spoil the proof of the other mode', () => {
  const left = { ...kernels.ipvs, nat: `${kernels.ipvs.nat}\n:KUBE-SVC-M6NNOS2BO3X43QPN - [0:0]\n` };
  expect(judgeKernel('worker', 'ipvs', left).problems).toEqual([
    { code: 'other-mode-present', node: 'worker', mode: 'iptables', count: 1 },
  ]);
});

test('virtual servers of somebody else are no ipvs mode', () => {
  const keepalived = { ...kernels.iptables, ipvs: kernels.ipvs.ipvs };
  expect(judgeKernel('worker', 'iptables', keepalived).problems).toEqual([]);
  expect(judgeKernel('worker', 'ipvs', { ...kernels.ipvs, nat: empty.nat }).problems).not.toEqual([]);
});

describe('what a node is asked', () => {
  const asked = async (answers: Readonly<Record<string, string>>) => {
    const programs: string[] = [];
    const exec: Host['exec'] = async (argv) => {
      programs.push(argv[0]!);
      return { exitCode: 0, stdout: answers[argv.join(' ')] ?? '', stderr: '' };
    };
    const host: Host = { name: 'n1', role: 'worker', address: '172.18.0.9', exec, inNetwork: exec, async *lines() {} };
    return { programs, ...(await lookIntoKernel(host, 'ipvs')) };
  };
  const saved = recorded('ipvsadm-save.txt');
  const all = saved.match(/^-A /gm)!.length;
  const set = { 'iptables-save -t nat': kernels.ipvs.nat };

  test('all virtual servers, where /proc shows a part of them', async () => {
    const part = procIpvs(saved).split('\n').slice(0, 5).join('\n');
    const { evidence, problems } = await asked({
      ...set,
      'cat /proc/net/ip_vs': part,
      'ipvsadm --save --numeric': saved,
    });
    expect(evidence).toEqual([{ code: 'kernel-objects', node: 'n1', mode: 'ipvs', count: all }]);
    expect(problems).toEqual([]);
  });

  test('those of /proc, where there is no ipvsadm', async () => {
    const { evidence } = await asked({ ...set, 'cat /proc/net/ip_vs': procIpvs(saved) });
    expect(evidence).toEqual([{ code: 'kernel-objects', node: 'n1', mode: 'ipvs', count: all }]);
  });

  test('no ipvsadm where there is no virtual server: it loads the module', async () => {
    expect((await asked({ 'cat /proc/net/ip_vs': 'IP Virtual Server version 1.2.1 (size=4096)\n' })).programs).not.toContain(
      'ipvsadm',
    );
  });
});
