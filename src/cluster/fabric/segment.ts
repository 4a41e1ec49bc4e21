import { existsSync } from 'node:fs';
import { UnavailableError } from '../../errors.ts';
import type { LinkSpec } from '../contract/provider.ts';
import { batch, batches, inEach } from './batch.ts';
import { type ClusterLayout, macOf, SEGMENT_BITS, SERVICE_CIDR } from './layout.ts';
import { shapeLines } from './link-shape.ts';
import { SANDBOX_MARK } from './sandbox.ts';

/** What a node of Kubernetes has set; reverse path filters are looser than a distribution's, because rules send answers other ways. */
const NODE_SYSCTLS = {
  'net.ipv4.ip_forward': '1',
  'net.ipv4.conf.all.rp_filter': '0',
  'net.ipv4.conf.default.rp_filter': '0',
} as const;

export interface SegmentOptions {
  readonly link?: LinkSpec | undefined;
  /** Beside the usual ones of a node; its modules must be loaded. */
  readonly sysctls?: Readonly<Record<string, string>>;
}

/**
 * Makes the nodes of a cluster and the client outside, each a network namespace with one link to a switch of the cluster's own, and
 * the routes from each node to the others' pods. Disposing deletes all of it.
 * @throws UnavailableError outside of a sandbox: nothing is ever made among the machine's own interfaces.
 */
export async function createSegment(
  cluster: ClusterLayout,
  { link = {}, sysctls = {} }: SegmentOptions = {},
): Promise<AsyncDisposable> {
  if (!existsSync(SANDBOX_MARK))
    throw new UnavailableError('the netns provider needs a sandbox, and this process runs outside one', {
      remedy: 'start it with `trafficlab lab`, which enters a sandbox',
    });
  const members = [...cluster.nodes, cluster.outside].map((member, index) => ({ ...member, port: `port${index}` }));
  const namespaces = [cluster.segment, ...members.map(({ name }) => name)];
  const dispose = () =>
    batch(
      'ip',
      namespaces.map((name) => `netns delete ${name}`),
    );
  await batch(
    'ip',
    namespaces.map((name) => `netns add ${name}`),
  );
  const settings = Object.entries({ ...NODE_SYSCTLS, ...sysctls }).map(([name, value]) => `${name}=${value}`);
  await inEach(
    'nsenter',
    cluster.nodes.map(({ name }) => `--net=/run/netns/${name} sysctl -q -w ${settings.join(' ')}`),
  );
  await batch('ip', [
    `link add br0 netns ${cluster.segment} type bridge`,
    ...members.map(
      ({ name, address, port }) =>
        `link add ${port} netns ${cluster.segment} type veth peer name eth0 address ${macOf(address)} netns ${name}`,
    ),
  ]);
  await batches(
    new Map([
      [cluster.segment, ['link set br0 up', ...members.map(({ port }) => `link set ${port} master br0 up`)]],
      ...members.map(({ name, address }) => [name, memberLines(cluster, name, address)] as const),
    ]),
  );
  const shaped = cluster.nodes.map(({ name }, index) => ({ name, port: `port${index}` }));
  await batch(
    'tc',
    shaped.flatMap(({ port }) => shapeLines(port, link)),
    cluster.segment,
  );
  for (const { name } of shaped) await batch('tc', shapeLines('eth0', link), name);
  return { [Symbol.asyncDispose]: dispose };
}

/**
 * Neighbours are written down and never asked for: the kernel has one table of asked-for neighbours for all namespaces (gc_thresh3,
 * 1024 unless told), so a large lab could crowd out the machine's own, and a first packet would pay for the question.
 */
function memberLines(cluster: ClusterLayout, name: string, address: string): string[] {
  const others = [...cluster.nodes, cluster.outside].filter((other) => other.name !== name);
  const worker = cluster.nodes.find(({ role }) => role === 'worker');
  const isNode = cluster.nodes.some((node) => node.name === name);
  return [
    'link set lo up',
    `addr add ${address}/${SEGMENT_BITS} dev eth0`,
    'link set eth0 up',
    ...others.map((other) => `neigh add ${other.address} lladdr ${macOf(other.address)} dev eth0 nud permanent`),
    ...cluster.nodes
      .filter((node) => node.name !== name)
      .map(({ podPrefix, address: via }) => `route add ${podPrefix}.0/24 via ${via}`),
    // From outside too a pod and a ClusterIP can be asked, so that what each hop adds is seen from one place.
    ...(isNode || !worker ? [] : [`route add ${SERVICE_CIDR} via ${worker.address}`]),
  ];
}
