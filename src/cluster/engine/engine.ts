import { hostname, release } from 'node:os';
import { ProgramMissingError, UnavailableError } from '../../errors.ts';
import { type ExecOptions, type ExecResult, exec } from '../../process/exec.ts';

export const engineNames = ['docker', 'podman', 'nerdctl'] as const;
export type EngineName = (typeof engineNames)[number];

/** A container engine that answers, and what it says of the machine its containers run on. */
export interface Engine {
  readonly name: EngineName;
  readonly version: string;
  /** Of the engine's machine, which on macOS, WSL2 and remote engines is not this one. */
  readonly kernel: string;
  readonly operatingSystem: string;
  readonly cpus: number;
  readonly memoryMiB: number;
  readonly cgroupVersion: string;
  readonly rootless: boolean;
  /** The engine's containers run on the kernel this process runs on. */
  readonly local: boolean;
  run(args: readonly string[], options?: ExecOptions): Promise<ExecResult>;
}

const ASK_MS = 10_000;
/** What engines print where their daemon does not answer. */
const REFUSED = /cannot connect|permission denied|refused/i;

/**
 * Finds the first engine that answers, in kind's own order unless KIND_EXPERIMENTAL_PROVIDER names one.
 * @throws UnavailableError with what each of them said.
 */
export async function findEngine(env: NodeJS.ProcessEnv = process.env): Promise<Engine> {
  const asked = env.KIND_EXPERIMENTAL_PROVIDER;
  const candidates = asked ? engineNames.filter((name) => name === asked) : engineNames;
  if (candidates.length === 0) throw noEngine(`KIND_EXPERIMENTAL_PROVIDER=${asked} is not one of ${engineNames.join(', ')}`);
  return firstOf(candidates);
}

/** Docker, for what speaks to no other engine. @throws UnavailableError with what it said. */
export const findDocker = (): Promise<Engine> => firstOf(['docker']);

async function firstOf(candidates: readonly EngineName[]): Promise<Engine> {
  const answers = await Promise.all(candidates.map(ask));
  const found = answers.find((answer) => typeof answer === 'object');
  if (found) return found;
  const missing = candidates.filter((_, index) => answers[index] === undefined);
  const said = [
    ...answers.filter((answer) => answer !== undefined),
    ...(missing.length ? [`${missing.join(', ')}: not installed`] : []),
  ];
  throw noEngine(said.join('; '), candidates.length === 1 ? 'Docker' : 'Docker, Podman or nerdctl');
}

const noEngine = (said: string, start = 'Docker, Podman or nerdctl'): UnavailableError =>
  new UnavailableError(`no container engine answers (${said})`, {
    remedy: `start ${start}, or use a provider without an engine: -- --provider netns`,
  });

/** An engine, or what it said in the place of an answer; undefined where the program is not there. */
async function ask(name: EngineName): Promise<Engine | string | undefined> {
  const run: Engine['run'] = (args, options) => exec([name, ...args], options);
  try {
    const args = ['info', '--format', name === 'podman' ? 'json' : '{{json .}}'];
    const { exitCode, stdout, stderr } = await run(args, { timeoutMs: ASK_MS, accept: 'any' });
    const refused = stderr.split('\n').find((line) => REFUSED.test(line));
    if (exitCode !== 0) return `${name}: ${refused?.trim() ?? `exit code ${exitCode}: ${name} info`}`;
    const info = name === 'podman' ? readPodmanInfo(JSON.parse(stdout)) : readDockerInfo(JSON.parse(stdout));
    return typeof info === 'string' ? `${name}: ${info}` : { name, run, ...info };
  } catch (error) {
    if (error instanceof ProgramMissingError) return undefined;
    return `${name}: ${(error as Error).message.split('\n')[0]}`;
  }
}

type Info = Omit<Engine, 'name' | 'run'>;

/** Where an engine does not tell, nothing speaks against it: a run that finds too little fails by itself. */
const memoryOf = (bytes: unknown): number => (typeof bytes === 'number' ? Math.floor(bytes / 2 ** 20) : Number.POSITIVE_INFINITY);

const said = (value: unknown): string => (typeof value === 'string' && value !== '' ? value : 'unknown');
/** 0 where an engine does not tell. */
const number = (value: unknown): number => (typeof value === 'number' ? value : 0);

/** Reads `docker info` (nerdctl speaks the same); a client without a server answers with ServerErrors. */
export function readDockerInfo(info: Record<string, unknown>): Info | string {
  if (typeof info.host === 'object') return 'this docker command is Podman';
  const errors = info.ServerErrors as string[] | undefined;
  if (errors?.length) return errors[0] ?? 'no server';
  if (!info.ServerVersion) return 'the client has no server';
  const kernel = said(info.KernelVersion);
  return {
    version: String(info.ServerVersion),
    kernel,
    operatingSystem: said(info.OperatingSystem),
    cpus: number(info.NCPU),
    memoryMiB: memoryOf(info.MemTotal),
    cgroupVersion: String(info.CgroupVersion ?? '1'),
    rootless: ((info.SecurityOptions as string[] | null | undefined) ?? []).some((option) => option.includes('rootless')),
    local: kernel === release() && String(info.Name) === hostname(),
  };
}

/** Reads `podman info --format json`. */
export function readPodmanInfo(info: { host?: Record<string, unknown>; version?: { Version?: string } }): Info | string {
  const { host } = info;
  if (!host) return 'podman info names no host';
  const kernel = said(host.kernel);
  const distribution = host.distribution as { distribution?: string; version?: string } | undefined;
  return {
    version: info.version?.Version ?? 'unknown',
    kernel,
    operatingSystem: `${distribution?.distribution ?? host.os} ${distribution?.version ?? ''}`.trim(),
    cpus: number(host.cpus),
    memoryMiB: memoryOf(host.memTotal),
    cgroupVersion: said(host.cgroupVersion ?? host.cgroups).replace(/^v/, ''),
    rootless: (host.security as { rootless?: boolean } | undefined)?.rootless ?? false,
    local: kernel === release() && String(host.hostname) === hostname(),
  };
}
