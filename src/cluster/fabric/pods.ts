import { batch, batches } from './batch.ts';
import { GATEWAY_MAC, macOf, type PodLayout } from './layout.ts';

/**
 * Makes pods: each a network namespace with an address of its node's subnet and a point-to-point link to its node, as the ptp plugin
 * of CNI makes them. No process runs in them yet. Disposing deletes them.
 */
export async function createPods(pods: readonly PodLayout[]): Promise<AsyncDisposable> {
  const nodes = [...new Set(pods.map(({ node }) => node.name))];
  await batch(
    'ip',
    pods.map(({ namespace }) => `netns add ${namespace}`),
  );
  await batch(
    'ip',
    pods.map(
      ({ node, namespace, link, address }) =>
        `link add ${link} netns ${node.name} address ${GATEWAY_MAC} type veth peer name eth0 address ${macOf(address)} netns ${namespace}`,
    ),
  );
  await batches(
    new Map([
      ...nodes.map((node) => [node, pods.filter((pod) => pod.node.name === node).flatMap(nodeLines)] as const),
      ...pods.map((pod) => [pod.namespace, podLines(pod)] as const),
    ]),
  );
  return {
    [Symbol.asyncDispose]: () =>
      batch(
        'ip',
        pods.map(({ namespace }) => `netns delete ${namespace}`),
      ),
  };
}

const nodeLines = ({ node, link, address }: PodLayout): string[] => [
  `addr add ${node.gateway}/32 peer ${address} dev ${link}`,
  `neigh add ${address} lladdr ${macOf(address)} dev ${link} nud permanent`,
  `link set ${link} up`,
];

const podLines = ({ node, address }: PodLayout): string[] => [
  'link set lo up',
  `addr add ${address}/32 dev eth0`,
  'link set eth0 up',
  `route add ${node.gateway} dev eth0 scope link`,
  `neigh add ${node.gateway} lladdr ${GATEWAY_MAC} dev eth0 nud permanent`,
  `route add default via ${node.gateway}`,
];
