import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import type { ClusterProvider, Limits } from '../../src/cluster/contract/provider.ts';
import { fix } from '../../src/commands/fix.ts';
import { UnavailableError } from '../../src/errors.ts';
import { silentProgress } from '../../src/progress/silent-progress.ts';
import { type Call, fakeMachine } from './fake-machine.ts';

const limits: Limits = { proxyModes: {}, topologies: {}, series: {}, events: {}, families: [], seen: {} };
const lacks = { code: 'programs-missing', programs: ['nginx'], packages: ['nginx'] } as const;

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
  expect(fixed.failure).toEqual({ code: 'stated', text: 'no network', remedy: 'run as root: apt-get install nginx' });
  expect(fixed.limits.topologies).toEqual({ 'ingress-nginx': lacks });
});

test('doctor without an engine: exit code 0, and each problem has what to do', async () => {
  await using fake = await fakeMachine({ programs: [] });
  const { exitCode, stdout, stderr } = await fake.trafficlab(['doctor']);
  expect(exitCode, stderr).toBe(0);
  expect(stdout.replace(/\s+/g, ' ')).toMatch(/no kind: no container engine answers .* remedy: start Docker, Podman or nerdctl/);
  expect(stdout).not.toContain('Not fixed');
});

/** A Debian machine that lacks nginx, BIRD, traefik, an engine that answers and a kernel with netem. */
const lackingMachine = () =>
  fakeMachine({
    programs: ['docker', 'kind'],
    engines: [],
    debian: [
      ...['apt-config', 'apt-get', 'dpkg', 'sudo', 'modprobe', 'systemctl'],
      ...['unshare', 'setpriv', 'nsenter', 'setsid', 'mount', 'xargs', 'stty', 'ip', 'ss', 'tc', 'sysctl'],
      ...['nft', 'ipset', 'ipvsadm', 'arping', 'haproxy'],
      ...['nft', 'legacy'].flatMap((backend) => ['', '-restore', '-save'].map((what) => `iptables-${backend}${what}`)),
    ],
    archive: { nginx: ['nginx'], bird2: ['bird', 'birdc'] },
  });

/** What was run: in a sandbox, where the kernel is looked at, and outside of one. */
function ran(calls: readonly Call[]) {
  const [sandboxed, outside] = [true, false].map((inside) => calls.filter(({ program }) => (program === 'setpriv') === inside));
  return {
    looks: new Set(sandboxed!.map(({ args }) => args.slice(args.lastIndexOf('trafficlab-sandbox') + 1).join(' '))),
    outside: outside!.map(({ program, args }) => [program, ...args.map((word) => basename(word))].join(' ')),
  };
}

test('doctor --fix fetches packages into the cache and does nothing else', async () => {
  await using fake = await lackingMachine();
  const programs = await readdir(join(fake.path, 'bin'));
  const looked = await fake.trafficlab(['doctor']);
  expect([looked.exitCode, looked.stdout]).toEqual([0, expect.stringContaining('not installed: bird, birdc')]);
  const look = await fake.calls();
  expect(new Set(ran(look).outside)).toEqual(new Set(['docker info --format {{json .}}']));

  const { exitCode, stdout } = await fake.trafficlab(['doctor', '--fix']);
  expect(exitCode).toBe(0);
  expect(stdout).toContain('\nfixed  netns: LoadBalancer announced by BGP, and a router, ingress controller: nginx\n');
  const { looks, outside } = ran((await fake.calls()).slice(look.length));
  expect(looks).toEqual(ran(look).looks);
  expect(outside.filter((call) => !call.startsWith('docker info'))).toEqual(
    ['bird2', 'nginx'].flatMap((name) => [
      'apt-config dump',
      `apt-get --quiet install --simulate --no-install-recommends ${name}`,
      `apt-get --quiet download ${name}=1.0`,
      `dpkg -x ${name}.deb root`,
    ]),
  );
  expect(await readdir(join(fake.path, 'bin'))).toEqual(programs);
  expect(await readdir(join(fake.path, 'home'))).toEqual(['.cache', '.kube']);
});

test('what needs a decision is left by doctor --fix, with its remedy', async () => {
  await using fake = await lackingMachine();
  const said = (await fake.trafficlab(['doctor', '--fix'])).stdout.replace(/\s+/g, ' ');
  expect(said).toMatch(/no kind: no container engine answers .* remedy: start Docker, Podman or nerdctl/);
  expect(said).toMatch(/no ingress controller: traefik: .* remedy: install it there/);
  expect(said).toMatch(/no delay of links: this kernel has no netem .* remedy: sudo modprobe sch_netem/);
  expect(said).toMatch(/ Not fixed: .* never uses sudo\. $/);
});

test('what doctor --fix fetched is there for the next command', async () => {
  await using fake = await lackingMachine();
  await fake.trafficlab(['doctor', '--fix']);
  expect((await fake.trafficlab(['doctor'])).stdout).toContain('\n  yes  ingress controller: nginx\n');
  const again = await fake.trafficlab(['doctor', '--fix']);
  expect(again.stdout).toContain('\nfixed  nothing\n');
});
