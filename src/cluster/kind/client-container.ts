import { readFile } from 'node:fs/promises';
import { agentFile } from '../../load/agent-file.ts';
import type { Host } from '../provider.ts';
import { containerHost } from './container-host.ts';
import type { Engine } from './engine.ts';
import { CONTAINER_LABEL } from './names.ts';

const AGENT = '/tmp/agent.mjs';
const STAY = "process.on('SIGTERM',()=>process.exit(0));setInterval(()=>{},1e6)";
const RECEIVE = `const fs=require('fs');fs.writeFileSync('${AGENT}',fs.readFileSync(0))`;

/** Starts a client outside the cluster: a container on the cluster's network, so that no host needs a route to the nodes. */
export async function startClientContainer(
  engine: Engine,
  options: { readonly cluster: string; readonly network: string; readonly image: string; readonly toolsImage: string },
): Promise<Host> {
  const container = `${options.cluster}-client`;
  const label = `${CONTAINER_LABEL}=${options.cluster}`;
  // NET_ADMIN lets a lab add routes; --init is not needed, the one-liner answers SIGTERM itself.
  const started = [
    'run',
    '--detach',
    '--name',
    container,
    '--label',
    label,
    '--network',
    options.network,
    '--cap-add',
    'NET_ADMIN',
  ];
  await engine.run([...started, '--entrypoint', 'node', options.image, '-e', STAY], { timeoutMs: 120_000 });
  await engine.run(['exec', '-i', container, 'node', '-e', RECEIVE], { input: await readFile(agentFile()), timeoutMs: 30_000 });
  const address = await containerAddress(engine, container, options.network);
  const tools = { image: options.toolsImage, cluster: options.cluster };
  return containerHost({ engine, container, role: 'client', address, agent: ['node', AGENT], tools });
}

/** The IPv4 address of a container on a network. */
export async function containerAddress(engine: Engine, container: string, network: string): Promise<string> {
  const format = `{{(index .NetworkSettings.Networks "${network}").IPAddress}}`;
  const { stdout } = await engine.run(['inspect', '--format', format, container], { timeoutMs: 10_000 });
  return stdout.trim();
}
