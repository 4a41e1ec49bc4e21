import { expect, test } from 'vitest';
import type { ClusterProvider, Limits } from '../../src/cluster/provider.ts';
import { fix } from '../../src/commands/fix.ts';
import { UnavailableError } from '../../src/errors.ts';
import { silentProgress } from '../../src/progress.ts';
import { fakeMachine } from './fake-machine.ts';

const limits: Limits = { proxyModes: {}, topologies: {}, probes: {}, families: [], seen: {} };
const lacks = { reason: 'not installed: nginx', remedy: 'install it' };

/** A provider that lacks nginx until it has been prepared. */
function provider(prepare: (yes: boolean) => void): ClusterProvider {
  let prepared = false;
  return {
    name: 'netns',
    keeps: false,
    inspect: async () => (prepared ? limits : { ...limits, topologies: { 'ingress-nginx': lacks } }),
    prepare: async (_modes, _ways, { yes, ask }) => {
      expect(ask).toBeUndefined();
      prepare(yes);
      prepared = true;
    },
    create: () => expect.fail('a fix makes no cluster'),
    sweep: () => expect.fail('a fix deletes nothing'),
  };
}

test('a fix tells what is there now and was not', async () => {
  let agreed: boolean | undefined;
  const fixed = await fix(
    provider((yes) => {
      agreed = yes;
    }),
    silentProgress,
  );
  expect(fixed).toEqual({ limits, gained: ['ingress-nginx'] });
  expect(agreed, 'nothing is agreed to in the place of a person').toBe(false);
});

test('what cannot be got is told with its remedy, and is no error', async () => {
  const fixed = await fix(
    provider(() => {
      throw new UnavailableError('no network', { remedy: 'run as root: apt-get install nginx' });
    }),
    silentProgress,
  );
  expect(fixed.gained).toEqual([]);
  expect(fixed.failure).toEqual({ reason: 'no network', remedy: 'run as root: apt-get install nginx' });
  expect(fixed.limits.topologies).toEqual({ 'ingress-nginx': lacks });
});

test('doctor without an engine: exit code 0, and each problem has what to do', async () => {
  await using fake = await fakeMachine({ programs: [] });
  const { exitCode, stdout } = await fake.trafficlab(['doctor']);
  expect(exitCode).toBe(0);
  expect(stdout.replace(/\s+/g, ' ')).toMatch(/no kind: no container engine answers .* remedy: start Docker, Podman or nerdctl/);
  expect(stdout).not.toContain('Left to you');
});
