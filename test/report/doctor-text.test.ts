import { expect, test } from 'vitest';
import type { Limits } from '../../src/cluster/contract/provider.ts';
import { doctorText, fixText } from '../../src/report/doctor-text.ts';

const limits: Limits = { proxyModes: {}, topologies: {}, series: {}, events: {}, families: [], seen: {} };
const known = { code: 'stated', text: 'not installed: nginx', remedy: 'install it' } as const;
const unknown = { code: 'stated', text: 'it does not answer' } as const;

test('what is lacking has its reason, and its remedy on a line of its own', () => {
  const text = doctorText([{ name: 'netns', limits: { ...limits, topologies: { 'ingress-nginx': known } } }]);
  expect(text).toContain('  no   ingress controller: nginx: not installed: nginx\n       remedy: install it\n');
});

test('where no remedy is known, the line ends with the reason', () => {
  const lacking = { ...limits, proxyModes: { ipvs: unknown }, series: { carriers: unknown } };
  const text = doctorText([
    { name: 'netns', limits: lacking },
    { name: 'kind', limits: { ...limits, provider: unknown } },
  ]);
  expect(text).toMatch(/^ {2}no {3}mode ipvs: it does not answer\n {2}no /m);
  expect(text).toMatch(/^ {2}no {3}carriers: it does not answer\n\nno {3}kind: it does not answer\n$/m);
  expect(fixText([{ name: 'netns', limits, gained: [], failure: unknown }])).toMatch(
    /^fixed {2}nothing\nno {3}netns: it does not answer\nNot fixed: /,
  );
});

test('a mode that nothing here holds says where to look on', () => {
  expect(doctorText([{ name: 'netns', limits }])).toMatch(
    /mode userspace: no kernel or version here has it\n {7}remedy: see the other providers\n/,
  );
});

test('what a cluster runs stands with how it is known and where it was read; what is not known says why', () => {
  const detected = {
    proxyMode: { value: 'ipvs', source: 'configuration', from: 'ConfigMap a/b, key "c"' },
    cni: { unknown: 'no pod of a known network plugin found', remedy: 'look' },
    loadBalancer: { value: 'MetalLB', source: 'component', from: 'pod x runs' },
    iptablesBackend: { value: 'legacy', source: 'kernel', from: 'chains on one' },
  } as const;
  for (const provider of [undefined, unknown]) {
    const text = doctorText([{ name: 'kubeconfig', limits: { ...limits, detected, ...(provider ? { provider } : {}) } }]);
    expect(text).toContain('  proxy mode: ipvs (from configuration: ConfigMap a/b, key "c")\n');
    expect(text).toContain('  iptables backend: legacy (observed in the kernel: chains on one)\n');
    expect(text).toContain('  LoadBalancer provider: MetalLB (reported by the running component: pod x runs)\n');
    expect(text).toContain('  CNI: unknown: no pod of a known network plugin found (remedy: look)\n');
  }
});
