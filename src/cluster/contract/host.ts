import type { ExecOptions, ExecResult } from '../../process/exec.ts';
import type { ClosedBecause } from '../../proof/unobserved.ts';

/** Where the client stands: a pod of the cluster, or a machine outside of it. */
export const vantages = ['pod', 'outside'] as const;
export type Vantage = (typeof vantages)[number];

/** Somewhere a command can run: docker exec, kubectl exec, ip netns exec, or here. Callers cannot tell. */
export interface Host {
  readonly name: string;
  readonly role: 'control-plane' | 'worker' | 'client' | 'router';
  /** The node a client runs on; absent for a client outside the cluster, and for nodes. */
  readonly node?: string;
  readonly address: string;
  /** Why no command runs on this node; what its rules do is neither proven nor refuted. Absent: it is open. */
  readonly closed?: ClosedBecause;
  /** A node that trafficlab made: a proof may write a table of its own there, and deletes it. Nothing is written into anybody else's. */
  readonly ownNode?: true;
  /** What starts trafficlab's agent (generators, echo server) here, without its arguments; absent where it cannot run. */
  readonly agent?: readonly string[];
  exec(argv: readonly string[], options?: ExecOptions): Promise<ExecResult>;
  lines(argv: readonly string[], options?: ExecOptions): AsyncIterable<string>;
  /** Runs a command of a node's tools (ss, ip, conntrack) in this host's network namespace, where the host has none itself. */
  inNetwork(argv: readonly string[], options?: ExecOptions): Promise<ExecResult>;
}
