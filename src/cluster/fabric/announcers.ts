import type { V1Service } from '@kubernetes/client-node';
import { exec } from '../../process/exec.ts';
import type { AddressPool } from '../addresses/address-pool.ts';
import type { Router } from '../contract/deployment.ts';
import type { Host } from '../contract/host.ts';
import type { ProxyMode } from '../contract/provider.ts';
import type { PooledAnnouncement } from '../contract/topology.ts';
import { bgpAnnouncer } from './announce-bgp.ts';
import { l2Announcer } from './announce-l2.ts';
import { announcedAddresses, type ServedObjects } from './announcements.ts';
import type { ClusterLayout, NodeMember } from './layout.ts';
import { namespaceHost } from './namespace-host.ts';
import { createRouter } from './router.ts';
import { undoSteps } from './undo.ts';

/** All that makes the addresses of a deployment's LoadBalancers known. */
export interface Announcers extends AsyncDisposable {
  /** Announces what these objects say and no more, and waits until the router, if there is one, has the routes. */
  announce(objects: ServedObjects): Promise<void>;
  /** Where something is announced by BGP. */
  readonly router?: Router;
  /** The client behind the router: all ways in are then asked from there, so that each has the same hop in front. */
  readonly outside?: Host;
  /** What was observed, for facts.json. */
  facts(): Promise<Readonly<Record<string, unknown>>>;
}

/** The pools of a cluster, by how their addresses are announced. */
export type AddressPools = Readonly<Partial<Record<PooledAnnouncement, AddressPool>>>;

export interface AnnouncersOptions {
  readonly layout: ClusterLayout;
  readonly nodes: readonly NodeMember[];
  readonly mode: ProxyMode;
  readonly pools: AddressPools;
  /** How the address of a Service is announced; undefined where it has none of a pool. */
  readonly announcementOf: (service: V1Service) => PooledAnnouncement | undefined;
  readonly routerNetwork?: string | undefined;
  readonly signal: AbortSignal;
  /** Told of what went wrong and does no harm. */
  readonly note: (text: string) => void;
}

/** Makes ready what the pools need; announces nothing yet. */
export async function createAnnouncers(options: AnnouncersOptions): Promise<Announcers> {
  const { layout, nodes, mode, pools, announcementOf, routerNetwork, signal, note } = options;
  await using undo = undoSteps();
  const workers = nodes.filter(({ layout: { role } }) => role === 'worker');
  const l2 = pools.l2 ? await l2Announcer(workers, mode, note) : undefined;
  if (l2) undo.add(() => l2[Symbol.asyncDispose]());
  const routed = routerNetwork === undefined ? undefined : await createRouter(layout, routerNetwork);
  if (routed) undo.add(() => routed[Symbol.asyncDispose]());
  const host = routed && namespaceHost({ ...routed.router, namespace: routed.router.name, role: 'router' });
  const speakers = workers.map((worker) => worker.host);
  const bgp = host && pools.bgp ? bgpAnnouncer({ router: host, nodes: speakers, pool: pools.bgp.cidr, signal }) : undefined;
  if (bgp) undo.add(() => bgp[Symbol.asyncDispose]());
  const names = workers.map(({ host: { name } }) => name);
  return {
    async announce(objects) {
      await Promise.all([
        l2?.announce(announcedAddresses(objects, names, (service) => announcementOf(service) === 'l2')),
        bgp?.announce(announcedAddresses(objects, names, (service) => announcementOf(service) === 'bgp')),
      ]);
    },
    ...(bgp ? { router: bgp.router } : {}),
    ...(routed ? { outside: namespaceHost({ ...routed.client, namespace: routed.client.name, role: 'client' }) } : {}),
    facts: async () => ({
      ...(l2 && pools.l2
        ? {
            l2: {
              pool: pools.l2.cidr,
              announcer: `the leader's kernel answers ARP, ${await version(['arping', '-V'])} announces it`,
              leaders: l2.leaders(),
            },
          }
        : {}),
      ...(host && pools.bgp
        ? {
            bgp: {
              pool: pools.bgp.cidr,
              clients: routerNetwork,
              announcer: `${await version(['bird', '--version'])} on each worker and on the router`,
              hashPolicy: (await host.exec(['sysctl', '-n', 'net.ipv4.fib_multipath_hash_policy'])).stdout,
            },
          }
        : {}),
    }),
    [Symbol.asyncDispose]: undo.keep(),
  };
}

/** BIRD says it on standard error. */
async function version(argv: readonly string[]): Promise<string> {
  const { stdout, stderr } = await exec(argv, { accept: 'any' });
  return (stdout || stderr).split('\n')[0]!.trim();
}
