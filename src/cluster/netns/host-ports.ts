import { inParallel } from '../../waiting/in-parallel.ts';
import type { NodeMember, PodLayout } from '../fabric/layout.ts';
import { type HostPort, hostPortRules, withoutHostPorts } from './host-port-rules.ts';

/** A pod, and the port of its node that leads to it. */
export interface HostPortPod {
  readonly pod: PodLayout;
  readonly hostPort: number;
  /** Where the pod listens. */
  readonly port: number;
}

/** Writes the rules of these pods' hostPorts on their nodes; they come after those of kube-proxy. Disposing takes them back. */
export async function openHostPorts(nodes: readonly NodeMember[], pods: readonly HostPortPod[]): Promise<AsyncDisposable> {
  const members = nodes.flatMap(({ layout, host }) => {
    const ports = pods.filter(({ pod }) => pod.node.name === layout.name).map(portOf);
    return ports.length > 0 ? [{ host, ports }] : [];
  });
  const write = (program: typeof hostPortRules) =>
    inParallel(members, ({ host, ports }) => {
      const { argv, input } = program(ports);
      return host.exec(argv, { input });
    });
  await write(hostPortRules);
  return { [Symbol.asyncDispose]: async () => void (await write(withoutHostPorts)) };
}

const portOf = ({ pod, hostPort, port }: HostPortPod): HostPort => ({
  hostPort,
  address: pod.address,
  port,
  podSubnet: `${pod.node.podPrefix}.0/24`,
  id: pod.namespace,
});
