import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { messageBytes } from '../../src/cluster/netns/message-bytes.ts';
import type { ProxyConfig } from '../../src/cluster/netns/proxy/config.ts';
import { LONGEST_COMMENT } from '../../src/cluster/netns/proxy/long-comments.ts';
import type { Proxier, RuleProgram } from '../../src/cluster/netns/proxy/program.ts';
import { createProxier } from '../../src/cluster/netns/proxy/proxier.ts';
import { exec } from '../../src/process/exec.ts';
import { byService } from '../cluster/netns/proxy/support/by-service.ts';
import { restored } from '../cluster/netns/proxy/support/iptables-text.ts';
import { listed } from '../cluster/netns/proxy/support/nftables-text.ts';
import { recorded, recordedConfig, recordedObjects } from '../cluster/netns/proxy/support/recorded.ts';
import { describeInSandbox } from '../support/in-sandbox.ts';

// The kernel's own tools take what the generators write, and say the same of it as they said of kube-proxy's rules.

const broad = recordedObjects('broad/objects.yaml');
const [, ...others] = broad.services;
// A namespace has no nfacct objects, and its netlink messages are short.
const withoutLimit: ProxyConfig = { ...recordedConfig, nfacct: false };
const bytes = await messageBytes();
const config: ProxyConfig = bytes === undefined ? withoutLimit : { ...withoutLimit, batchBytes: bytes };
const iptablesConfig = (backend: string) => (backend === 'nft' ? config : withoutLimit);
const counted = /-m nfacct --nfacct-name {2}ct_state_invalid_dropped_pkts |^.*localhost_nps_accepted_pkts.*\n/gm;

await describeInSandbox('rules in the kernel', import.meta.url, () => {
  const namespace = 'node';
  const enter = ['ip', 'netns', 'exec', namespace];
  beforeEach(async () => void (await exec(['ip', 'netns', 'add', namespace])));
  afterEach(async () => void (await exec(['ip', 'netns', 'delete', namespace])));

  const run = async (programs: readonly RuleProgram[], backend = '') => {
    for (const { argv, input } of programs) {
      const [tool, ...words] = argv;
      await exec([...enter, tool === 'iptables-restore' ? `iptables-${backend}-restore` : tool, ...words], { input });
    }
  };
  /** Takes half of the objects away and brings them back, changed in between. */
  const shaken = async (proxier: Proxier, backend?: string) => {
    const some = { services: others.slice(0, 30), endpointSlices: broad.endpointSlices.slice(20, 60) };
    const ready = some.endpointSlices.map((slice) => ({ ...slice, endpoints: [...(slice.endpoints ?? [])].reverse().slice(1) }));
    await run(proxier.replace(broad), backend);
    await run(proxier.apply({ deleted: some }), backend);
    await run(proxier.apply({ upserted: { services: some.services, endpointSlices: ready } }), backend);
    // Kernels before 6.2 need a moment until they see that a chain is no longer used.
    await sleep(1500);
    await run(proxier.sweep(), backend);
    await run(proxier.apply({ upserted: some }), backend);
    await sleep(1500);
    await run(proxier.sweep(), backend);
  };

  it.each(['nft', 'legacy'])('iptables-%s-restore takes them', async (backend) => {
    const theirs = byService(restored([recorded('broad/iptables-save.txt').replaceAll(counted, '')]));
    const save = async () => (await exec([...enter, `iptables-${backend}-save`])).stdout;
    await run(createProxier('iptables', iptablesConfig(backend)).replace(broad), backend);
    expect(byService(restored([await save()]))).toEqual(theirs);
  });

  it.each(['nft', 'legacy'])('iptables-%s-restore takes changes', async (backend) => {
    await shaken(createProxier('iptables', iptablesConfig(backend)), backend);
    const theirs = byService(restored([recorded('broad/iptables-save.txt').replaceAll(counted, '')]));
    expect(byService(restored([(await exec([...enter, `iptables-${backend}-save`])).stdout]))).toEqual(theirs);
  });

  const table = async () => listed((await exec([...enter, 'nft', 'list', 'table', 'ip', 'kube-proxy'])).stdout);
  const kubeProxys = listed(recorded('broad/nftables.txt'));

  it('nft takes them', async () => {
    await run(createProxier('nftables', config).replace(broad));
    expect(await table()).toEqual(kubeProxys);
  });

  it('nft takes changes', async () => {
    await shaken(createProxier('nftables', config));
    expect(await table()).toEqual(kubeProxys);
  });

  it('cases 9.14: nft takes a comment of the longest name that the generator lets through, and none that is longer', async () => {
    const container = 'add table ip t\nadd map ip t m { type ipv4_addr . inet_proto . inet_service : verdict ; }\n';
    const element = (comment: string) => `${container}add element ip t m { 10.0.0.1 . tcp . 80 comment "${comment}" : drop }\n`;
    const add = (characters: number) =>
      exec([...enter, 'nft', '-f', '-'], { input: element('a'.repeat(characters)), accept: 'any' });
    expect((await add(LONGEST_COMMENT)).exitCode).toBe(0);
    expect(await add(LONGEST_COMMENT + 1)).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('comment too long') });
  });

  it('ipset and iptables take what stands around IPVS', async () => {
    const programs = createProxier('ipvs', config).replace(recordedObjects());
    const around = programs.filter(({ argv }) => argv[0] === 'ipset' || argv[0] === 'iptables-restore');
    await run(around, 'legacy');
    expect(restored([(await exec([...enter, 'iptables-legacy-save'])).stdout])).toEqual(
      restored([recorded('ipvs-iptables-save.txt')]),
    );
  });
});
