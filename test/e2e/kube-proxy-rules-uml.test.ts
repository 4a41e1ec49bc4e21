import { expect, it } from 'vitest';
import type { RuleProgram } from '../../src/cluster/netns/proxy/program.ts';
import { createProxier } from '../../src/cluster/netns/proxy/proxier.ts';
import { exec } from '../../src/process/exec.ts';
import { restored } from '../cluster/netns/proxy/support/iptables-text.ts';
import { recorded, recordedConfig, recordedObjects } from '../cluster/netns/proxy/support/recorded.ts';
import { describeInUserModeLinux } from '../support/in-sandbox.ts';

await describeInUserModeLinux('ipvs rules in a kernel that has IPVS', import.meta.url, () => {
  const run = async (programs: readonly RuleProgram[]) => {
    for (const { argv, input } of programs) {
      const [tool, ...words] = argv;
      await exec([tool === 'iptables-restore' ? 'iptables-legacy-restore' : tool, ...words], { input });
    }
  };
  const lines = (text: string) =>
    text
      .split('\n')
      .map((line) => line.trim())
      .filter(Boolean)
      .sort();

  it('every tool takes them, and says of them what it said of those of kube-proxy', async () => {
    const proxier = createProxier('ipvs', recordedConfig);
    const wanted = recordedObjects();
    const { services } = recordedObjects('broad/objects.yaml');
    const passing = {
      ...recordedObjects('broad/objects.yaml'),
      services: services.filter(({ metadata }) => !names(wanted).has(metadata?.name)),
    };
    await run(proxier.replace(wanted));
    // Every case comes and goes: what remains must be as if it had not been.
    await run(proxier.apply({ upserted: passing }));
    await run(proxier.apply({ deleted: passing }));
    await run(proxier.apply({ upserted: wanted }));

    expect(lines((await exec(['ipvsadm', '-Sn'])).stdout)).toEqual(lines(recorded('ipvsadm-save.txt')));
    const sets = recorded('ipvs-ipset.txt').replaceAll(/^.* KUBE-6-.*\n/gm, '');
    const plain = (text: string) => lines(text.replaceAll(/ bucketsize.*$/gm, ''));
    expect(plain((await exec(['ipset', 'save'])).stdout)).toEqual(plain(sets));
    expect(restored([(await exec(['iptables-legacy-save'])).stdout])).toEqual(restored([recorded('ipvs-iptables-save.txt')]));
    const addresses = (text: string) => [...text.matchAll(/inet (\S+) scope/g)].map((match) => match[1]).sort();
    const bound = (await exec(['ip', '-o', '-4', 'addr', 'show', 'dev', 'kube-ipvs0'])).stdout;
    expect(addresses(bound)).toEqual(addresses(recorded('ipvs-dummy.txt')));
  });
});

const names = ({ services }: ReturnType<typeof recordedObjects>) => new Set(services.map(({ metadata }) => metadata?.name));
