import { UnavailableError } from '../../errors.ts';
import { allOf } from '../../waiting/in-parallel.ts';
import { routerLegs } from '../addresses/routed-networks.ts';
import { NODE_AS, ROUTER_AS, ROUTER_PROTOCOL } from '../addresses/router-numbers.ts';
import type { Router } from '../contract/deployment.ts';
import type { Host } from '../contract/host.ts';
import { bgpdConfig, readSessions } from '../kube/frr.ts';
import type { Images } from '../kube/images.ts';
import type { StartedRouter } from '../kube/platform.ts';
import { containerAddress, startClientBehind } from './client-container.ts';
import { containerHost } from './container-host.ts';
import type { Engine } from './engine.ts';
import { imageId } from './image.ts';
import { behindName, CONTAINER_LABEL, routerName } from './names.ts';

export interface RouterOptions {
  readonly engine: Engine;
  readonly cluster: string;
  readonly network: string;
  /** The network between router and client, as in "192.168.11.0/24"; nothing else is in it. */
  readonly behind: string;
  readonly images: Images;
  readonly toolsImage: string;
  readonly nodes: readonly Host[];
  readonly signal: AbortSignal;
}

/**
 * Starts a top-of-rack router as a container on the network of the nodes, and a client that stands behind it. The two are joined by a link
 * of their own and by no network of the engine's: the host's firewall keeps the engine's networks apart, even from what a container routes
 * (Docker 28, the table "raw"). The link goes with the containers.
 */
export async function startRouter(options: RouterOptions): Promise<StartedRouter> {
  const { engine, cluster, network, images, toolsImage, nodes, signal } = options;
  const [container, client] = [routerName(cluster), behindName(cluster)];
  // On a cluster that is used again, those of the run before.
  await engine.run(['rm', '--force', '--volumes', container, client], { accept: 'any', timeoutMs: 60_000 });
  const tools = { image: toolsImage, cluster };
  const [, outside] = await allOf([
    startContainer(options, container),
    startClientBehind(engine, {
      cluster,
      container: client,
      image: images.client,
      toolsImage,
      address: routerLegs(options.behind).client,
    }),
  ]);
  const address = await containerAddress(engine, container, network);
  const host = containerHost({ engine, container, role: 'router', address, tools });
  const hashPolicy = await join(options, container, client);
  const announcing = nodes.filter(({ role }) => role === 'worker').map((node) => node.address);
  await startDaemons(host, bgpdConfig({ address, nodes: announcing }));
  await allOf(nodes.map((node) => routeBack(node, options.behind, address, signal)));
  const sessions: Router['sessions'] = async () =>
    readSessions((await host.exec(['vtysh', '-c', 'show bgp summary json'], { timeoutMs: 10_000 })).stdout);
  const { stdout } = await host.exec(['vtysh', '-c', 'show version'], { accept: 'any', timeoutMs: 10_000 });
  return {
    router: { host, sessions },
    outside,
    facts: {
      program: /FRRouting (\S+)/.exec(stdout)?.[0] ?? 'FRRouting',
      image: images.router,
      imageId: await imageId(engine, images.router),
      address,
      asn: ROUTER_AS,
      nodesAsn: NODE_AS,
      fibMultipathHashPolicy: hashPolicy,
      clients: options.behind,
    },
  };
}

/** Takes the place of the route to an earlier router of ours, on a cluster that is used again. */
async function routeBack(node: Host, network: string, router: string, signal: AbortSignal): Promise<void> {
  const limits = { timeoutMs: 10_000, signal };
  const ours = ['proto', String(ROUTER_PROTOCOL)];
  await node.exec(['ip', 'route', 'flush', ...ours], { ...limits, accept: 'any' });
  await node.exec(['ip', 'route', 'replace', network, 'via', router, ...ours], limits);
}

/** Its own entrypoint would read a list of daemons and watch over them; this one stays, and says nothing. */
const STAY = 'trap "exit 0" TERM; while :; do sleep 3600 & wait $!; done';

async function startContainer({ engine, cluster, network, images, signal }: RouterOptions, container: string): Promise<void> {
  const label = `${CONTAINER_LABEL}=${cluster}`;
  const capabilities = ['NET_ADMIN', 'NET_RAW', 'SYS_ADMIN'].flatMap((one) => ['--cap-add', one]);
  const run = ['run', '--detach', '--name', container, '--label', label, '--network', network, ...capabilities];
  await engine.run([...run, '--entrypoint', 'sh', images.router, '-c', STAY], { timeoutMs: 300_000, signal });
}

/** Routes, hashes by flow (RFC 2992), sends no redirects, which would undo the spreading, and does not mind by where an answer comes. */
const SYSCTLS = [
  'net.ipv4.ip_forward=1',
  'net.ipv4.fib_multipath_hash_policy=1',
  ...['all', 'default', 'eth0', 'client'].flatMap((name) => [
    `net.ipv4.conf.${name}.send_redirects=0`,
    `net.ipv4.conf.${name}.rp_filter=0`,
  ]),
];

/** Runs in the router's network namespace and the client's process namespace, where the client is process 1. */
const JOIN = `set -e
subnet=$1 router=$2 client=$3
shift 3
bits=\${subnet#*/}
ip link add client type veth peer name eth0 netns 1
ip address add "$router/$bits" dev client
ip link set client up
for one in "$@"; do sysctl --quiet --write "$one"; done
nsenter --target 1 --net ip address add "$client/$bits" dev eth0
nsenter --target 1 --net ip link set lo up
nsenter --target 1 --net ip link set eth0 up
nsenter --target 1 --net ip route add default via "$router"
cat /proc/sys/net/ipv4/fib_multipath_hash_policy`;

/** Links the client to the router; returns the router's hash policy as read back. @throws UnavailableError where the kernel cannot hash by flow. */
async function join(
  { engine, cluster, behind, toolsImage, signal }: RouterOptions,
  router: string,
  client: string,
): Promise<number> {
  const label = `${CONTAINER_LABEL}=${cluster}`;
  const place = ['--pid', `container:${client}`, '--network', `container:${router}`, '--label', label];
  const { router: gateway, client: address } = routerLegs(behind);
  const { stdout } = await engine.run(
    [
      'run',
      '--rm',
      '--privileged',
      ...place,
      '--entrypoint',
      'sh',
      toolsImage,
      '-c',
      JOIN,
      'join',
      behind,
      gateway,
      address,
      ...SYSCTLS,
    ],
    { timeoutMs: 60_000, signal },
  );
  const policy = Number(stdout.trim());
  if (policy === 1) return policy;
  throw new UnavailableError(`the router does not hash by flow: fib_multipath_hash_policy reads "${stdout.trim()}"`, {
    remedy: 'use a kernel with CONFIG_IP_ROUTE_MULTIPATH, or remove the targets with announce: bgp',
  });
}

const CONFIGURATION = '/etc/frr/trafficlab-bgpd.conf';

async function startDaemons(host: Host, config: string): Promise<void> {
  const limits = { timeoutMs: 30_000 };
  await host.exec(['sh', '-c', 'cat > "$0" && mkdir -p /var/run/frr && : > /etc/frr/vtysh.conf', CONFIGURATION], {
    ...limits,
    input: config,
  });
  await host.exec(['/usr/lib/frr/zebra', '--daemon', '--vty_addr', '127.0.0.1', '--config_file', '/dev/null'], limits);
  await host.exec(['/usr/lib/frr/bgpd', '--daemon', '--vty_addr', '127.0.0.1', '--config_file', CONFIGURATION], limits);
}
