import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '../../files/write-file.ts';
import { exec } from '../../process/exec.ts';
import { waitFor } from '../../waiting/wait.ts';
import type { Router } from '../contract/deployment.ts';
import type { Host } from '../contract/host.ts';
import type { Announced, Announcer } from './announcements.ts';
import { type BirdSession, birdNode, birdRouter, birdSessions } from './bird.ts';
import { type Daemon, startDaemon } from './daemon.ts';

export interface BgpAnnouncer extends Announcer {
  readonly router: Router;
}

export interface BgpOptions {
  readonly router: Host;
  /** Nodes that may announce. */
  readonly nodes: readonly Host[];
  /** The network of the addresses. */
  readonly pool: string;
  readonly signal?: AbortSignal;
}

const UP_MS = 15_000;
const LOOK_MS = 50;
const ESTABLISHED = 'Established';

/**
 * Announces addresses by BGP: a BIRD on each node tells that of the router, which then has a route with all these nodes as next hops.
 * `announce` waits until it is so.
 */
export function bgpAnnouncer({ router, nodes, pool, signal }: BgpOptions): BgpAnnouncer {
  const peers = nodes.map(({ name, address }) => ({ name, address }));
  const speakers = new Map<Host, Bird>();
  let center: Bird | undefined;

  const birds = () => [...(center ? [center] : []), ...speakers.values()];
  const sessions = async (): Promise<BirdSession[]> => (center ? birdSessions(await center.ask('show', 'protocols', 'all')) : []);
  const announce = async (all: readonly Announced[]): Promise<void> => {
    center ??= await startBird(router, birdRouter({ address: router.address, peers, pool }));
    await Promise.all(
      nodes.map(async (node) => {
        const addresses = all.filter(({ nodes: able }) => able.includes(node.name)).map(({ address }) => address);
        const config = birdNode({ address: node.address, router: router.address, addresses });
        const speaker = speakers.get(node);
        if (speaker) await speaker.configure(config);
        else speakers.set(node, await startBird(node, config));
      }),
    );
    const wait = { deadlineMs: UP_MS, intervalMs: LOOK_MS, ...(signal ? { signal } : {}) };
    const ended = await waitFor(`the routes of ${all.length} LoadBalancer addresses on ${router.name} (BGP)`, wait, async () => {
      const ended = birds()
        .map((bird) => bird.failure())
        .find((failure) => failure !== undefined);
      if (ended) return { value: ended };
      const states = await sessions();
      const down = states.filter(({ state }) => state !== ESTABLISHED);
      if (states.length < nodes.length || down.length > 0) return { seen: states.map(told).join('; ') || 'no session' };
      const { stdout } = await router.exec(['ip', '-json', 'route', 'show', 'proto', 'bird']);
      const wrong = wrongRoute(stdout, all, peers);
      return wrong === undefined ? { value: undefined } : { seen: wrong };
    });
    if (ended) throw ended;
  };
  return {
    announce,
    router: { host: router, sessions },
    [Symbol.asyncDispose]: async () => void (await Promise.all(birds().map((bird) => bird[Symbol.asyncDispose]()))),
  };
}

const told = ({ peer, state, lastError }: BirdSession): string =>
  `${peer} is ${state}${lastError === undefined ? '' : ` (${lastError})`}`;

interface Route {
  readonly dst: string;
  readonly gateway?: string;
  readonly nexthops?: readonly { readonly gateway?: string }[];
}

/** Which address has not the next hops that it should have; undefined where all have. */
function wrongRoute(
  json: string,
  all: readonly Announced[],
  peers: readonly { name: string; address: string }[],
): string | undefined {
  const routes = json.trim() === '' ? [] : (JSON.parse(json) as Route[]);
  for (const { address, nodes } of all) {
    const route = routes.find(({ dst }) => dst === address);
    const hops = (route?.nexthops ?? (route ? [route] : [])).flatMap(({ gateway }) => gateway ?? []).sort();
    const expected = peers
      .filter(({ name }) => nodes.includes(name))
      .map((peer) => peer.address)
      .sort();
    if (hops.join() !== expected.join())
      return `${address} via ${hops.join(', ') || 'none'} instead of ${expected.join(', ') || 'none'}`;
  }
  return undefined;
}

interface Bird extends Daemon {
  /** What its command line answers. */
  ask(...words: readonly string[]): Promise<string>;
  configure(config: string): Promise<void>;
}

/** Its sockets and files lie in a folder under /run, which is the sandbox's own. It must not become another user: here is only one. */
async function startBird(host: Host, config: string): Promise<Bird> {
  const folder = `/run/trafficlab-bird-${host.name}`;
  const [file, socket] = [join(folder, 'bird.conf'), join(folder, 'bird.ctl')];
  await makeFolder(folder);
  await writeFile(file, config);
  const daemon = startDaemon(host, ['bird', '-f', '-c', file, '-s', socket, '-P', join(folder, 'bird.pid')]);
  const ask = async (...words: readonly string[]) => (await exec(['birdc', '-s', socket, ...words])).stdout;
  let configured = config;
  return {
    failure: daemon.failure,
    ask,
    async configure(text) {
      if (text === configured) return;
      configured = text;
      await writeFile(file, text);
      await ask('configure');
    },
    async [Symbol.asyncDispose]() {
      await daemon[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
