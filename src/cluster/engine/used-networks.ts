import { networkInterfaces } from 'node:os';
import type { UsedNetwork, UsedNetworks } from '../addresses/routed-networks.ts';
import { ROUTER_PROTOCOL } from '../addresses/router-numbers.ts';
import type { Host } from '../contract/host.ts';
import type { Engine } from './engine.ts';
import { CONTAINER_LABEL } from './names.ts';
import { namedNetworks } from './used-names.ts';

export interface UsedNetworksOptions {
  readonly engine: Engine;
  readonly cluster: string;
  /** Has `ip`. */
  readonly toolsImage: string;
  readonly nodes: readonly Host[];
  /** References of images that nodes pull. */
  readonly images: readonly string[];
}

const ASK = { accept: 'any', timeoutMs: 20_000 } as const;

/**
 * The IPv4 networks that are in use where a cluster of containers runs: the engine's, those that its machine, this one and the nodes have
 * routes to, and the addresses of the nodes' DNS servers, of the registries of their images, of mirrors and of proxies.
 * @throws CommandError where the engine does not list its networks.
 */
export async function usedNetworks(options: UsedNetworksOptions): Promise<UsedNetworks> {
  const { engine, cluster, toolsImage, nodes, images } = options;
  const onHost = [
    'run',
    '--rm',
    '--network',
    'host',
    '--label',
    `${CONTAINER_LABEL}=${cluster}`,
    '--entrypoint',
    'ip',
    toolsImage,
  ];
  const [ofEngine, machine, ofNodes, named] = await Promise.all([
    engineNetworks(engine),
    routesBy(`the machine of ${engine.name}`, () => engine.run([...onHost, ...ROUTES], ASK)),
    Promise.all(nodes.map(usedByNode)),
    namedNetworks(nodes[0], images),
  ]);
  const looked = [ofEngine, machine, ...ofNodes];
  return {
    used: [...looked.flatMap(({ used }) => used), ...ownInterfaces(), ...named],
    unknown: looked.flatMap(({ unknown }) => unknown),
  };
}

async function engineNetworks(engine: Engine): Promise<UsedNetworks> {
  const { stdout } = await engine.run(['network', 'ls', '--format', '{{.Name}}'], { timeoutMs: 10_000 });
  const names = [...new Set(stdout.split('\n').filter(Boolean))].filter((name) => !BUILT_IN.has(name));
  const found = await Promise.all(
    names.map(async (name): Promise<UsedNetworks> => {
      const inspected = await engine.run(['network', 'inspect', name], ASK);
      const by = `the network ${name} of ${engine.name}`;
      if (inspected.exitCode !== 0) return { used: [], unknown: [by] };
      return { used: subnetsIn(inspected.stdout).map((network) => ({ network, by })), unknown: [] };
    }),
  );
  return { used: found.flatMap(({ used }) => used), unknown: found.flatMap(({ unknown }) => unknown) };
}

/** They have no subnet, and nerdctl lists them without knowing them. */
const BUILT_IN = new Set(['host', 'none']);

/** Every IPv4 subnet in what `network inspect` prints; engines and their versions put it in different places. */
export function subnetsIn(json: string): string[] {
  const found = new Set<string>();
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, part] of Object.entries(value)) {
      if (typeof part === 'string' && key.toLowerCase() === 'subnet' && part.includes('.')) found.add(part);
      else visit(part);
    }
  };
  visit(parsed(json));
  return [...found];
}

/** All tables: what is routed by policy counts too. */
const ROUTES = ['-json', '-4', 'route', 'show', 'table', 'all'] as const;

/** Where the routes of `ip -json route` lead, but for the default one and the one to an earlier router of ours; undefined for no such list. */
export function routesOf(json: string): string[] | undefined {
  const routes = parsed(json);
  if (!Array.isArray(routes)) return undefined;
  return (routes as { readonly dst?: string; readonly protocol?: string; readonly type?: string }[]).flatMap(
    ({ dst, protocol, type }) =>
      dst === undefined || dst === 'default' || protocol === String(ROUTER_PROTOCOL) || IGNORED.has(type ?? '') ? [] : [dst],
  );
}

async function routesBy(whose: string, ask: () => Promise<{ readonly stdout: string }>): Promise<UsedNetworks> {
  const routes = await ask().then(
    ({ stdout }) => routesOf(stdout),
    () => undefined,
  );
  if (!routes) return { used: [], unknown: [`routes of ${whose}`] };
  return { used: routes.map((network) => ({ network, by: `a route of ${whose}` })), unknown: [] };
}

/** A prohibition leads to nobody, and broadcasts are part of a network that has a route. */
const IGNORED = new Set(['broadcast', 'multicast', 'unreachable', 'blackhole', 'prohibit', 'throw']);

async function usedByNode(node: Host): Promise<UsedNetworks> {
  const [routes, resolver] = await Promise.all([
    routesBy(node.name, () => node.exec(['ip', ...ROUTES], ASK)),
    node.exec(['cat', '/etc/resolv.conf'], ASK),
  ]);
  const servers = nameservers(resolver.stdout).map((network) => ({ network, by: `the DNS server of ${node.name}` }));
  return { used: [...routes.used, ...servers], unknown: routes.unknown };
}

/** resolv.conf(5). */
export const nameservers = (text: string): string[] =>
  [...text.matchAll(/^\s*nameserver\s+(\d+\.\d+\.\d+\.\d+)\s*$/gm)].map(([, address]) => address!);

/** Of this machine, which an engine elsewhere does not know. */
const ownInterfaces = (): UsedNetwork[] =>
  Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
    addresses.flatMap(({ family, cidr }) =>
      family === 'IPv4' && cidr ? [{ network: cidr, by: `on this machine's ${name}` }] : [],
    ),
  );

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
