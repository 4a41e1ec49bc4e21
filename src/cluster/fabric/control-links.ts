import { batch, batches } from './batch.ts';
import type { PodLayout } from './layout.ts';

/** Of this sandbox: clusters that are alive together have the same addresses, and these must not be. */
let links = 0;

/**
 * Gives this process a way of its own to ports of pods, as a kubelet has for its probes: a link from the sandbox to each pod, with
 * link-local addresses (RFC 3927), which no pod routes by. They go with the pods.
 * @returns the address of each pod on its link, in order.
 */
export async function controlLinks(pods: readonly PodLayout[]): Promise<string[]> {
  const made = pods.map((pod) => {
    const number = 2 * links++;
    const [here, there] = [number, number + 1].map((one) => `169.254.${1 + Math.floor(one / 256)}.${one % 256}`) as [
      string,
      string,
    ];
    return { pod, here, there, name: `control${number / 2}` };
  });
  await batch(
    'ip',
    made.flatMap(({ pod, here, name }) => [
      `link add ${name} type veth peer name control netns ${pod.namespace}`,
      `addr add ${here}/31 dev ${name}`,
      `link set ${name} up`,
    ]),
  );
  await batches(
    new Map(made.map(({ pod, there }) => [pod.namespace, [`addr add ${there}/31 dev control`, 'link set control up']])),
  );
  return made.map(({ there }) => there);
}
