import { UnavailableError } from '../../errors.ts';
import type { NodeLayout } from '../fabric/layout.ts';

export interface Scheduling {
  /** What the pods are called in the plural, for errors. */
  readonly what: string;
  /** A port of the node that each pod wants for itself. */
  readonly hostPort?: number | undefined;
}

/**
 * The node of each of so many pods: spread evenly over the workers, the control plane's taint keeps them off it.
 * @throws UnavailableError in the words of Kubernetes' scheduler, when two pods would want the same port of a node.
 */
export function schedule(nodes: readonly NodeLayout[], pods: number, { what, hostPort }: Scheduling): NodeLayout[] {
  const workers = nodes.filter(({ role }) => role === 'worker');
  if (hostPort !== undefined && pods > workers.length) {
    const tainted = nodes.length - workers.length;
    const taint = tainted > 0 ? [`${tainted} node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }`] : [];
    const full = `${workers.length} node(s) didn't have free ports for the requested pod ports`;
    throw new UnavailableError(
      `${pods - workers.length} of ${pods} ${what} with hostPort ${hostPort} would stay Pending: 0/${nodes.length} nodes are available: ${[...taint, full].join(', ')}.`,
      { remedy: `use at most ${workers.length}, one for each worker, or more workers` },
    );
  }
  return Array.from({ length: pods }, (_, index) => workers[index % workers.length]!);
}
