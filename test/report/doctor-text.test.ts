import { expect, test } from 'vitest';
import type { Limits } from '../../src/cluster/provider.ts';
import { doctorText, fixText } from '../../src/report/doctor-text.ts';

const limits: Limits = { proxyModes: {}, topologies: {}, probes: {}, families: [], seen: {} };
const known = { reason: 'not installed: nginx', remedy: 'install it' };
const unknown = { reason: 'it does not answer', remedy: '' };

test('what is lacking has its reason, and its remedy on a line of its own', () => {
  const text = doctorText([{ name: 'netns', limits: { ...limits, topologies: { 'ingress-nginx': known } } }]);
  expect(text).toContain('  no   ingress controller: nginx: not installed: nginx\n       remedy: install it\n');
});

test('where no remedy is known, the line ends with the reason', () => {
  const lacking = { ...limits, proxyModes: { ipvs: unknown }, probes: { carriers: unknown } };
  const text = doctorText([
    { name: 'netns', limits: lacking },
    { name: 'kind', limits: { ...limits, provider: unknown } },
  ]);
  expect(text).toMatch(/^ {2}no {3}mode ipvs: it does not answer\n {2}no /m);
  expect(text).toMatch(/^ {2}no {3}carriers: it does not answer\n\nno {3}kind: it does not answer\n$/m);
  expect(fixText([{ name: 'netns', limits, gained: [], failure: unknown }])).toMatch(
    /^fixed {2}nothing\nno {3}netns: it does not answer\nLeft to you: /,
  );
});

test('a mode that nothing here holds says where to look on', () => {
  expect(doctorText([{ name: 'netns', limits }])).toMatch(
    /mode userspace: no kernel or version here holds it\n {7}remedy: see what the other providers say of it\n/,
  );
});
