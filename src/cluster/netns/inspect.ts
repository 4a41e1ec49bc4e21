import { access } from 'node:fs/promises';
import { release } from 'node:os';
import { dirname, join } from 'node:path';
import { exec } from '../../process/exec.ts';
import { eventsBut, notPerformedYet } from '../contract/event-limits.ts';
import { noServicelb } from '../contract/no-servicelb.ts';
import { type Obstacle, several } from '../contract/obstacle.ts';
import type { FamilyLimits, IptablesBackend, Limits, ProxyMode } from '../contract/provider.ts';
import { findProgram } from '../fabric/find-program.ts';
import { inspectSandbox, LOOK_MS } from '../fabric/inspect.ts';
import { type Environment, sandboxPrefix } from '../fabric/sandbox.ts';
import { userModeLinuxVersion } from '../fabric/user-mode-linux.ts';
import { backendProgram } from './iptables-programs.ts';
import { availableMemory } from './memory.ts';
import { notInstalled } from './not-installed.ts';
import { kubernetesObjects } from './objects.ts';
import { performers } from './perform.ts';
import { createProxier } from './proxy/proxier.ts';
import { missingWays } from './ways-in.ts';

export const HOST_FAMILY = 'host';
export const USER_MODE_LINUX_FAMILY = 'uml';

/** Beside the limits what an enclosure has to know. */
export interface Inspection {
  readonly limits: Limits;
  /** IPVS works here only for root without a user namespace. */
  readonly ipvsNeedsRoot: boolean;
  /** Path of linux.uml, where there is one that can be used. */
  readonly userModeLinux: string | undefined;
}

/** As runs are: root goes without one. */
const inUserNamespace = process.getuid?.() !== 0;

/** The programs that any cluster needs, and the package of each on Debian. */
const PROGRAMS: Readonly<Record<string, string>> = {
  unshare: 'util-linux',
  setpriv: 'util-linux',
  nsenter: 'util-linux',
  mount: 'mount',
  xargs: 'findutils',
  ip: 'iproute2',
  ss: 'iproute2',
  sysctl: 'procps',
};

/** What each mode needs beside those. */
const MODE_PROGRAMS = {
  nftables: { nft: 'nftables' },
  iptables: { 'iptables-nft-restore': 'iptables' },
  'iptables-legacy': { 'iptables-legacy-restore': 'iptables' },
  ipvs: { ipvsadm: 'ipvsadm', ipset: 'ipset' },
  'user-mode-linux': { 'linux.uml': 'user-mode-linux', modprobe: 'kmod', setsid: 'util-linux', stty: 'coreutils' },
} as const;

/**
 * Looks what this machine can hold, without making anything: each mode's rules are tried on the kernel in a sandbox of their own,
 * which is gone when the look has ended.
 */
export async function inspectNetns(env: Environment): Promise<Inspection> {
  const missing = await missingPrograms(PROGRAMS, env);
  if (missing) return { limits: nothing(missing), ipvsNeedsRoot: false, userModeLinux: undefined };
  const [noSandbox, nftables, nfTables, legacy, ipvs, uml, tbf, netem, memory, ways] = await Promise.all([
    inspectSandbox(env),
    tryRules(env, 'nftables'),
    tryRules(env, 'iptables', 'nf_tables'),
    tryRules(env, 'iptables', 'legacy'),
    tryIpvs(env),
    findUserModeLinux(env),
    tryQdisc(env, ['tbf', 'rate', '1mbit', 'burst', '16kb', 'latency', '50ms'], 'sch_tbf'),
    tryQdisc(env, ['netem', 'delay', '1ms'], 'sch_netem'),
    availableMemory(),
    missingWays(env),
  ]);
  if (noSandbox) return { limits: nothing(noSandbox), ipvsNeedsRoot: false, userModeLinux: undefined };
  const host: FamilyLimits = {
    id: HOST_FAMILY,
    title: `Linux ${release()}`,
    members: [
      ...(nfTables && legacy ? [] : [{ proxyMode: 'userspace' as const }]),
      ...(nftables ? [] : [{ proxyMode: 'nftables' as const }]),
      ...(nfTables ? [] : [{ proxyMode: 'iptables' as const, iptablesBackend: 'nf_tables' as const }]),
      ...(legacy ? [] : [{ proxyMode: 'iptables' as const, iptablesBackend: 'legacy' as const }]),
      ...(ipvs.obstacle ? [] : [{ proxyMode: 'ipvs' as const }]),
    ],
  };
  const families = [
    ...(host.members.length > 0 ? [host] : []),
    ...(ipvs.obstacle && !uml.obstacle ? [userModeLinuxFamily(uml.version!)] : []),
  ];
  const held = new Set(families.flatMap(({ members }) => members.map(({ proxyMode }) => proxyMode)));
  const lacks = (mode: ProxyMode, obstacle: Obstacle | undefined) => (held.has(mode) || !obstacle ? {} : { [mode]: obstacle });
  return {
    ipvsNeedsRoot: ipvs.needsRoot,
    userModeLinux: uml.obstacle ? undefined : uml.program,
    limits: {
      proxyModes: {
        ...lacks('userspace', nfTables ?? legacy),
        ...lacks('nftables', nftables),
        ...lacks('iptables', nfTables ?? legacy),
        ...lacks('ipvs', uml.obstacle && ipvs.obstacle ? several([ipvs.obstacle, uml.obstacle]) : undefined),
      },
      topologies: {
        ...ways,
        ...noServicelb('part-of-k3s'),
        ...(tbf ? { 'link-rate': tbf } : {}),
        ...(netem ? { 'link-delay': netem, 'link-loss': netem } : {}),
      },
      series: {},
      events: eventsBut(performers, notPerformedYet),
      families,
      seen: {
        kernel: release(),
        user: process.getuid?.() === 0 ? 'root' : 'ordinary user',
        ...(uml.version ? { 'User-Mode Linux': uml.version } : {}),
      },
      memoryMiB: memory,
    },
  };
}

const nothing = (obstacle: Obstacle): Limits => ({
  provider: obstacle,
  proxyModes: {},
  topologies: {},
  series: {},
  events: {},
  families: [],
  seen: { kernel: release() },
});

const userModeLinuxFamily = (version: string): FamilyLimits => ({
  id: USER_MODE_LINUX_FAMILY,
  title: `User-Mode Linux ${version}`,
  members: [{ proxyMode: 'ipvs' }, { proxyMode: 'iptables', iptablesBackend: 'legacy' }],
});

/** Full rules of a mode for one Service, loaded in a sandbox as a cluster's node would have them loaded. */
async function tryRules(
  env: Environment,
  mode: 'nftables' | 'iptables',
  backend?: IptablesBackend,
): Promise<Obstacle | undefined> {
  const missing = await missingPrograms(MODE_PROGRAMS[backend === 'legacy' ? 'iptables-legacy' : mode], env);
  if (missing) return missing;
  const [program] = createProxier(mode, { node: { name: 'node', address: '172.18.0.2' } }).replace(
    kubernetesObjects('172.18.0.2'),
  );
  const [command, ...args] = program!.argv;
  const argv = [backend ? backendProgram(command, backend) : command, ...args];
  const tried = await exec([...sandboxPrefix({ userNamespace: inUserNamespace, env }), ...argv], {
    input: program!.input,
    accept: 'any',
    timeoutMs: LOOK_MS,
  });
  if (tried.exitCode === 0) return undefined;
  return { code: 'rules-refused', mode, ...(backend ? { backend } : {}), said: lastLine(tried.stderr) };
}

/** Whether the kernel of this machine has IPVS, for root or for everybody. */
export const hasIpvs = async (env: Environment): Promise<boolean> => (await tryIpvs(env)).obstacle === undefined;

async function tryIpvs(env: Environment): Promise<{ readonly obstacle?: Obstacle; readonly needsRoot: boolean }> {
  const obstacle = await missingPrograms(MODE_PROGRAMS.ipvs, env);
  if (obstacle) return { obstacle, needsRoot: false };
  const attempt = (userNamespace: boolean) =>
    exec([...sandboxPrefix({ userNamespace, env }), 'ipvsadm', '-A', '-t', '10.96.0.1:80', '-s', 'rr'], {
      accept: 'any',
      timeoutMs: LOOK_MS,
    });
  const tried = await attempt(true);
  if (tried.exitCode === 0) return { needsRoot: false };
  if (process.getuid?.() === 0 && (await attempt(false)).exitCode === 0) return { needsRoot: true };
  return { obstacle: { code: 'no-ipvs', said: lastLine(tried.stderr) }, needsRoot: false };
}

interface FoundUserModeLinux {
  readonly obstacle?: Obstacle;
  readonly program?: string;
  readonly version?: string;
}

async function findUserModeLinux(env: Environment): Promise<FoundUserModeLinux> {
  const obstacle = await missingPrograms(MODE_PROGRAMS['user-mode-linux'], env);
  const program = await findProgram('linux.uml', env.PATH);
  if (obstacle || !program) return obstacle ? { obstacle } : {};
  const version = await userModeLinuxVersion(program, env);
  const modules = join(dirname(program), '../lib/uml/modules', version);
  const there = await access(modules).then(
    () => true,
    () => false,
  );
  if (there) return { program, version };
  return { obstacle: { code: 'uml-modules-missing', folder: modules } };
}

async function tryQdisc(env: Environment, qdisc: readonly [string, ...string[]], module: string): Promise<Obstacle | undefined> {
  const argv = ['tc', 'qdisc', 'add', 'dev', 'lo', 'root', ...qdisc];
  const tried = await exec([...sandboxPrefix({ userNamespace: inUserNamespace, env }), ...argv], {
    accept: 'any',
    timeoutMs: LOOK_MS,
  });
  if (tried.exitCode === 0) return undefined;
  return { code: 'no-qdisc', qdisc: qdisc[0], module, said: lastLine(tried.stderr) };
}

async function missingPrograms(programs: Readonly<Record<string, string>>, { PATH }: Environment): Promise<Obstacle | undefined> {
  const found = await Promise.all(Object.keys(programs).map((name) => findProgram(name, PATH)));
  const missing = Object.entries(programs).filter((_, index) => found[index] === undefined);
  if (missing.length === 0) return undefined;
  return notInstalled(
    missing.map(([program]) => program),
    missing.map(([, name]) => name),
  );
}

const lastLine = (text: string): string => text.trim().split('\n').at(-1) || 'no reason given';
