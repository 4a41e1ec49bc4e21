import { expect, it } from 'vitest';
import { UsageError } from '../../src/errors.ts';
import { applyOverrides } from '../../src/lab/overrides.ts';
import { parseLab } from '../../src/lab/read-lab.ts';

const lab = parseLab(
  'question: What?\nproxyModes: [ipvs]\nworkload: { processes: 3 }\ntargets: [{ entry: cluster-ip }]\n',
  'x.yaml',
);

it('sets what is given, as text or number, and tells what was given', () => {
  const { lab: changed, overrides } = applyOverrides(lab, {
    connections: '8',
    duration: 1.5,
    kubernetes: '1.30',
    blocks: undefined,
  });
  expect(changed).toEqual({
    ...lab,
    load: { ...lab.load, connections: 8, duration: 1.5 },
    cluster: { ...lab.cluster, kubernetes: '1.30' },
  });
  expect(overrides).toEqual({ connections: 8, duration: 1.5, kubernetes: '1.30' });
});

it('leaves the lab it was given alone', () => {
  const before = structuredClone(lab);
  applyOverrides(lab, { connections: 8 });
  expect(lab).toEqual(before);
});

it('refuses every bad value at once, naming its option', () => {
  const attempt = () => applyOverrides(lab, { connections: '0', duration: 'long', blocks: 2.5, kubernetes: 'latest' });
  expect(attempt).toThrow(UsageError);
  expect(attempt).toThrow(/--connections 0: .*allowed: 1 to 1000/);
  expect(attempt).toThrow(/--duration long: .*allowed: 0\.05 to 600/);
  expect(attempt).toThrow(/--blocks 2\.5: .*whole number/);
  expect(attempt).toThrow(/--kubernetes latest: .*for example 1\.34/);
});

it('refuses an option that breaks a rule between fields', () => {
  expect(() => applyOverrides(lab, { replicas: 2 })).toThrow('--replicas 2: 3 processes exceed the 2 replicas');
});
