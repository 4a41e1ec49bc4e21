import { expect, it } from 'vitest';
import { listText } from '../../src/commands/list.ts';
import { listLabs, loadLab } from '../../src/lab/read-lab.ts';
import { planText } from '../../src/report/plan-text.ts';
import { planned } from '../support/planned.ts';
import { kindLimits, netnsLimits } from './limits.ts';

const refused = [{ name: 'kind', because: { code: 'stated', text: 'none of docker, podman and nerdctl is on PATH' } }] as const;

it('fits 100 columns for every lab, and leaves no blanks at line ends', async () => {
  for (const listed of await listLabs()) {
    if ('error' in listed) throw listed.error;
    const provider = { name: 'netns', chosen: { code: 'first', refused } } as const;
    const plan = planned(listed.lab, netnsLimits, { provider, seed: 4294967295 });
    for (const line of planText(plan).split('\n')) {
      expect(line.length).toBeLessThanOrEqual(100);
      expect(line).toBe(line.trimEnd());
    }
  }
});

it('shows what will run, in which order, what will not and why, and what it takes', async () => {
  const limits = {
    ...kindLimits,
    proxyModes: { ipvs: { code: 'stated' as const, text: 'the kernel has no IP_VS', remedy: 'load the module ip_vs' } },
    memoryMiB: { available: 1024, perNode: 512 },
  };
  const image = ['node=example.org/node:1', 'echo=example.org/echo:1'];
  const provider = { name: 'kind', options: { image } };
  const plan = planned(await loadLab('proxy-modes'), limits, { provider, overrides: { duration: 1 }, seed: 7 });
  const text = planText(plan);
  expect(text).toContain('lab       proxy-modes: Which kube-proxy mode is the fastest, and by how much?');
  expect(text).toContain('provider  kind: asked for on the command line');
  expect(text).toContain('3.0 GiB of memory (1.0 GiB available, TOO LITTLE)');
  expect(text).toContain('pulls     kindest/node:v1.34.11');
  expect(text).toContain('seed      7 (--seed 7 repeats the order)');
  expect(text).toContain('changed   --duration 1, --image node=example.org/node:1, --image');
  expect(text).toContain('family v1.25.16, Kubernetes v1.25.16: userspace, iptables');
  expect(text).toContain('  ipvs: the kernel has no IP_VS\n    remedy: load the module ip_vs\n');
  const [first] = plan.families[0]!.order[0]!;
  const row = text.split('\n').find((line) => line.trim().startsWith(`${first!.scenario} `));
  expect(row?.trim().split(/\s+/)[plan.lab.series.indexOf(first!.series) + 1]).toBe('1');
});

it('lists labs with their questions, aligned, and a file with mistakes with them', async () => {
  const fixtures = new URL('../fixtures/labs', import.meta.url).pathname;
  const labs = [...(await listLabs()), ...(await listLabs(fixtures))];
  const lines = listText(labs).split('\n');
  const column = Math.max(...labs.map(({ name }) => name.length)) + 2;
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(100);
  expect(lines.find((line) => line.startsWith('smoke'))).toMatch(new RegExp(`^smoke {${column - 5}}Does trafficlab work`));
  const at = lines.findIndex((line) => line.startsWith('duplicate-key'));
  expect(lines[at]).toBe(`${'duplicate-key'.padEnd(column)}this file has mistakes:`);
  expect(lines[at + 1]).toContain('test/fixtures/labs/duplicate-key.yaml:3:1: Map keys must be unique');
});
