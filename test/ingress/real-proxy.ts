import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ControllerName, Tuning } from '../../src/cluster/contract/topology.ts';
import { findProgram } from '../../src/cluster/fabric/find-program.ts';
import { type Applied, createController } from '../../src/ingress/controller.ts';
import { folderEffects } from '../../src/ingress/effects.ts';
import type { IngressModel, IngressObjects } from '../../src/ingress/model.ts';
import { type ProxyName, proxies, proxyCommand } from '../../src/ingress/proxy.ts';
import type { ProxyOptions, Rendering } from '../../src/ingress/rendering.ts';
import {
  renderTraefik,
  renderTraefikStatic,
  traefikCommand,
  traefikEnvironment,
  traefikFiles,
} from '../../src/ingress/traefik.ts';
import { exec } from '../../src/process/exec.ts';

export const LOOPBACK = '127.0.0.1';
export const CLASS = 'lab';

export const programs: Record<ControllerName, string | undefined> = {
  nginx: await findProgram('nginx'),
  haproxy: await findProgram('haproxy'),
  traefik: await findTraefik(),
};
/** The program's version, as in "1.22.1"; undefined where it is not here. */
export async function versionOf(name: ControllerName): Promise<string | undefined> {
  const program = programs[name];
  if (!program) return undefined;
  const { stdout, stderr } = await exec([program, name === 'traefik' ? 'version' : '-v'], { accept: 'any' });
  return /\d+\.\d+\.\d+/.exec(`${stdout}${stderr}`)?.[0];
}

/** Why a controller's tests are skipped; undefined where they are not. */
export const absent = (name: ControllerName) =>
  programs[name]
    ? undefined
    : `there is no ${name} on this machine (${name === 'traefik' ? 'name one in TRAFFICLAB_TRAEFIK' : `apt-get install ${name}`})`;

/** Ends a test whose proxy is not here, with the reason. @param skip of the test's context. */
export const skipWithout = (name: ControllerName, skip: (note: string) => never): void => {
  const reason = absent(name);
  if (reason !== undefined) skip(reason);
};

export interface RealProxy extends AsyncDisposable {
  readonly port: number;
  readonly folder: string;
  readonly pid: number;
  apply(objects: IngressObjects): Promise<Applied | undefined>;
  /** What it wrote to standard error. */
  said(): string;
}

/** What of the proxies the tests must know: what to run, which file to write, and how it is told. */
interface Way {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly file: string;
  readonly render: (model: IngressModel) => Rendering;
  readonly check?: (file: string) => Promise<void>;
  readonly reload: (pid: number) => void;
}

/**
 * A stock proxy as an ordinary process on loopback, driven by the reference controller in this very process.
 * @param inside a program that becomes the proxy, with what it is told before the proxy's own command.
 * @param asInPod the controller cannot ask the proxy beforehand; `spoil` changes what it writes.
 */
export async function startProxy(
  name: ControllerName,
  inside: readonly string[] = [],
  asInPod?: { readonly deadlineMs: number; readonly spoil: (text: string) => string },
  tuning: Tuning = 'fair',
): Promise<RealProxy> {
  const program = programs[name];
  if (!program) throw new Error(absent(name));
  const folder = await mkdtemp(join(tmpdir(), `trafficlab-${name}-`));
  const [port, statusPort] = (await freePorts(2)) as [number, number];
  const options = { folder, port, statusPort, address: LOOPBACK, tuning };
  const way = name === 'traefik' ? await traefikWay(program, options) : referenceWay(name, program, options);

  const [shell, ...args] = [...inside, ...way.command];
  const child = spawn(shell!, args, { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...way.env } });
  let said = '';
  child.stderr.on('data', (bytes: Buffer) => {
    said += bytes.toString();
  });
  const controller = createController({
    which: { className: CLASS },
    render: (model) => {
      const { text, generation } = way.render(model);
      return { text: asInPod?.spoil(text) ?? text, generation };
    },
    deadlineMs: asInPod?.deadlineMs ?? 10_000,
    effects: folderEffects({
      file: join(folder, way.file),
      status: { address: LOOPBACK, port: statusPort },
      ...(way.check && !asInPod ? { check: way.check } : {}),
      reload: async () => way.reload(child.pid!),
    }),
  });
  return {
    port,
    folder,
    pid: child.pid!,
    apply: (objects) => controller.apply(objects),
    said: () => said,
    async [Symbol.asyncDispose]() {
      const ended = child.exitCode === null ? once(child, 'exit') : undefined;
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), 3_000);
      await ended;
      clearTimeout(late);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function referenceWay(name: ProxyName, program: string, options: ProxyOptions): Way {
  const { render, file, check, reloadSignal } = proxies[name];
  return {
    command: proxyCommand(name, options.folder, program),
    env: {},
    file,
    render: (model) => render(model, options),
    check: async (text) => void (await exec(check(program, text))),
    reload: (pid) => void process.kill(pid, reloadSignal),
  };
}

async function traefikWay(program: string, options: ProxyOptions): Promise<Way> {
  await writeFile(join(options.folder, traefikFiles.static), renderTraefikStatic(options));
  return {
    command: traefikCommand(program, options.folder),
    env: traefikEnvironment(options),
    file: traefikFiles.dynamic,
    render: renderTraefik,
    reload: () => {}, // it follows its file
  };
}

/** On PATH, named, or in the cache of CI's fixture. */
async function findTraefik(): Promise<string | undefined> {
  const places = [
    process.env.TRAFFICLAB_TRAEFIK,
    await findProgram('traefik'),
    join(homedir(), '.cache/kind-fixture-1/bin/traefik'),
  ];
  return places.find((path) => path !== undefined && existsSync(path));
}

/** The number in a pid file. */
export const pidIn = async (file: string): Promise<number> => Number((await readFile(file, 'utf8')).trim());

/** Ports that nobody has now. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, LOOPBACK);
      await once(server, 'listening');
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
