import { readFile } from 'node:fs/promises';
import { agentFile } from '../../agent/agent-file.ts';
import { CommandError } from '../../errors.ts';
import type { Host } from '../contract/host.ts';
import { addressesOn } from './container-addresses.ts';
import { containerHost } from './container-host.ts';
import type { Engine } from './engine.ts';
import { CONTAINER_LABEL, clientName } from './names.ts';

const AGENT = '/tmp/agent.mjs';
const STAY = "process.on('SIGTERM',()=>process.exit(0));setInterval(()=>{},1e6)";
const RECEIVE = `const fs=require('fs');fs.writeFileSync('${AGENT}',fs.readFileSync(0))`;

export interface ClientOptions {
  readonly cluster: string;
  readonly image: string;
  readonly toolsImage: string;
}

/** Starts a client outside the cluster: a container on the cluster's network, so that no host needs a route to the nodes. */
export async function startClientContainer(engine: Engine, options: ClientOptions & { readonly network: string }): Promise<Host> {
  const container = clientName(options.cluster);
  await start(engine, container, options.network, options);
  const address = await containerAddress(engine, container, options.network);
  return clientHost(engine, container, address, options);
}

/** Starts a client on no network at all. @param options.address what it will have once it is linked to one. */
export async function startClientBehind(
  engine: Engine,
  options: ClientOptions & { readonly container: string; readonly address: string },
): Promise<Host> {
  await start(engine, options.container, 'none', options);
  return clientHost(engine, options.container, options.address, options);
}

async function start(engine: Engine, container: string, network: string, { cluster, image }: ClientOptions): Promise<void> {
  const label = `${CONTAINER_LABEL}=${cluster}`;
  // A run that was killed has left one to a cluster that is used again.
  await engine.run(['rm', '--force', '--volumes', container], { accept: 'any', timeoutMs: 60_000 });
  // NET_ADMIN lets a lab add routes; --init is not needed, the one-liner answers SIGTERM itself.
  const run = ['run', '--detach', '--name', container, '--label', label, '--network', network, '--cap-add', 'NET_ADMIN'];
  await engine.run([...run, '--entrypoint', 'node', image, '-e', STAY], { timeoutMs: 120_000 });
  await engine.run(['exec', '-i', container, 'node', '-e', RECEIVE], { input: await readFile(agentFile()), timeoutMs: 30_000 });
}

const clientHost = (engine: Engine, container: string, address: string, { toolsImage, cluster }: ClientOptions): Host =>
  containerHost({ engine, container, role: 'client', address, agent: ['node', AGENT], tools: { image: toolsImage, cluster } });

/** The IPv4 address of a container on a network. @throws CommandError where it has none. */
export async function containerAddress(engine: Engine, container: string, network: string): Promise<string> {
  const { stdout } = await engine.run(['inspect', container], { timeoutMs: 10_000 });
  const [address] = addressesOn(stdout, network);
  if (address === undefined)
    throw new CommandError(`${engine.name}: container ${container} has no IPv4 address on the network ${network}`);
  return address;
}
