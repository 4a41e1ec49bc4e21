import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram } from '../../src/cluster/fabric/find-program.ts';
import { exec } from '../../src/exec.ts';
import { type Applied, createController } from '../../src/ingress/controller.ts';
import { folderEffects } from '../../src/ingress/effects.ts';
import type { IngressObjects } from '../../src/ingress/model.ts';
import { type ProxyName, proxies, proxyCommand } from '../../src/ingress/proxy.ts';

export const LOOPBACK = '127.0.0.1';
const programs = { nginx: await findProgram('nginx'), haproxy: await findProgram('haproxy') };
/** Why a proxy's tests are skipped; undefined where they are not. */
export const absent = (name: ProxyName) =>
  programs[name] ? undefined : `there is no ${name} on this machine (apt-get install ${name})`;

export interface RealProxy extends AsyncDisposable {
  readonly port: number;
  readonly folder: string;
  apply(objects: IngressObjects): Promise<Applied | undefined>;
  /** What it wrote to standard error. */
  said(): string;
}

/** A stock proxy as an ordinary process on loopback, driven by the reference controller in this very process. */
export async function startProxy(name: ProxyName): Promise<RealProxy> {
  const program = programs[name];
  if (!program) throw new Error(absent(name));
  const folder = await mkdtemp(join(tmpdir(), `trafficlab-${name}-`));
  const [port, statusPort] = await freePorts(2);
  const { render, file, check, reloadSignal } = proxies[name];
  const options = { folder, port: port!, statusPort: statusPort!, address: LOOPBACK };
  const [shell, ...args] = proxyCommand(name, folder, program);
  const child = spawn(shell!, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (bytes: Buffer) => {
    said += bytes.toString();
  });
  const controller = createController({
    which: { className: 'lab' },
    render: (model) => render(model, options),
    deadlineMs: 10_000,
    effects: folderEffects({
      file: join(folder, file),
      status: { address: LOOPBACK, port: statusPort! },
      check: async (text) => void (await exec(check(program, text))),
      reload: async () => void process.kill(child.pid!, reloadSignal),
    }),
  });
  return {
    port: port!,
    folder,
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

/** The number in a pid file. */
export const pidIn = async (file: string): Promise<number> => Number((await readFile(file, 'utf8')).trim());

/** Ports that nobody has now. */
async function freePorts(count: number): Promise<number[]> {
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
