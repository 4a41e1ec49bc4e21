import { type RouterLegs, routerLegs } from '../addresses/routed-networks.ts';
import { batch, batches, inEach } from './batch.ts';
import { type ClusterLayout, macOf, ROUTER_ADDRESS, SEGMENT_BITS, SERVICE_CIDR } from './layout.ts';

export interface RouterLayout extends AsyncDisposable {
  readonly router: { readonly name: string; readonly address: string };
  readonly client: { readonly name: string; readonly address: string };
}

/** Several next hops are chosen by flow: addresses and ports of both sides (ip-sysctl). */
const ROUTER_SYSCTLS = [
  'net.ipv4.ip_forward=1',
  'net.ipv4.conf.all.rp_filter=0',
  'net.ipv4.conf.default.rp_filter=0',
  // A redirect would tell the client of one node, and it would stay with that.
  'net.ipv4.conf.all.send_redirects=0',
  'net.ipv4.conf.default.send_redirects=0',
  'net.ipv4.fib_multipath_hash_policy=1',
];

/**
 * Adds a router to a cluster: a namespace with a leg on the nodes' segment and one on a network of its own, and there a client, which
 * reaches by the router all that the client on the segment reaches. Disposing deletes both.
 * @param behind the network behind the router, as in "192.168.11.0/24", on which the client stands.
 */
export async function createRouter(cluster: ClusterLayout, behind: string): Promise<RouterLayout> {
  const legs = routerLegs(behind);
  const prefix = behind.split('/')[1];
  const router = { name: `${cluster.id}-router`, address: ROUTER_ADDRESS };
  const client = { name: `${cluster.id}-behind-router`, address: legs.client };
  const names = [router.name, client.name];
  await batch(
    'ip',
    names.map((name) => `netns add ${name}`),
  );
  await inEach('nsenter', [`--net=/run/netns/${router.name} sysctl -q -w ${ROUTER_SYSCTLS.join(' ')}`]);
  await batch('ip', [
    `link add router netns ${cluster.segment} type veth peer name eth0 address ${macOf(ROUTER_ADDRESS)} netns ${router.name}`,
    `link add eth1 netns ${router.name} address ${macOf(legs.router)} type veth peer name eth0 address ${macOf(legs.client)} netns ${client.name}`,
  ]);
  const toClients = `route add ${behind} via ${ROUTER_ADDRESS}`;
  const toRouter = `neigh add ${ROUTER_ADDRESS} lladdr ${macOf(ROUTER_ADDRESS)} dev eth0 nud permanent`;
  await batches(
    new Map<string, readonly string[]>([
      [cluster.segment, ['link set router master br0 up']],
      [router.name, routerLines(cluster, legs, prefix)],
      [
        client.name,
        [
          'link set lo up',
          `addr add ${legs.client}/${prefix} dev eth0`,
          'link set eth0 up',
          `neigh add ${legs.router} lladdr ${macOf(legs.router)} dev eth0 nud permanent`,
          `route add default via ${legs.router}`,
        ],
      ],
      ...cluster.nodes.map(({ name }) => [name, [toRouter, toClients]] as const),
    ]),
  );
  return {
    router,
    client,
    async [Symbol.asyncDispose]() {
      await batches(
        new Map(cluster.nodes.map(({ name }) => [name, [toClients, toRouter].map((line) => line.replace(' add ', ' del '))])),
      );
      await batch(
        'ip',
        names.map((name) => `netns delete ${name}`),
      );
    },
  };
}

/** Neighbours are written down as on the segment itself, but for the addresses that are announced: for those it has to ask. */
function routerLines({ nodes }: ClusterLayout, legs: RouterLegs, prefix: string | undefined): string[] {
  const worker = nodes.find(({ role }) => role === 'worker');
  return [
    'link set lo up',
    `addr add ${ROUTER_ADDRESS}/${SEGMENT_BITS} dev eth0`,
    'link set eth0 up',
    `addr add ${legs.router}/${prefix} dev eth1`,
    'link set eth1 up',
    `neigh add ${legs.client} lladdr ${macOf(legs.client)} dev eth1 nud permanent`,
    ...nodes.map(({ address }) => `neigh add ${address} lladdr ${macOf(address)} dev eth0 nud permanent`),
    ...nodes.map(({ podPrefix, address }) => `route add ${podPrefix}.0/24 via ${address}`),
    ...(worker ? [`route add ${SERVICE_CIDR} via ${worker.address}`] : []),
  ];
}
