import type { Deployment } from '../cluster/contract/deployment.ts';
import type { Host } from '../cluster/contract/host.ts';
import type { ProxyMode } from '../cluster/contract/provider.ts';
import type { LoadSession } from '../load/session.ts';
import type { Opened } from './connections.ts';
import { type Findings, nothingFound } from './findings.ts';
import type { Problem } from './problem.ts';

export interface EntryContext {
  readonly nodes: readonly Host[];
  readonly mode: ProxyMode;
  readonly deployment: Deployment;
  /** Names as people read them. */
  readonly short: (name: string) => string;
  readonly session: LoadSession;
}

/** Looks at a target's way into the cluster before connections are opened, and answers with what judges them once they are. */
export interface EntryProof extends AsyncDisposable {
  /** So many connections are needed for it. */
  readonly connections: number;
  /** What was found of the connections; `endpoints` are those that the kernel led them to. */
  judge(opened: Opened): Promise<Findings>;
  /** What stands against it already. */
  readonly failures: readonly string[];
  readonly problems: readonly Problem[];
}

/** Enough that each of a handful of endpoints answers at least once, most of the time. */
export const FEW = 12;

/** A proof of an entry that holds nothing; what is not given is empty. */
export const plainProof = (given: Partial<EntryProof>): EntryProof => ({
  connections: FEW,
  failures: [],
  problems: [],
  judge: async () => nothingFound,
  [Symbol.asyncDispose]: async () => {},
  ...given,
});

/** The answers alone say what became of connections that come in at a node which nobody can look into. */
export function closedNode({ name, unobservable }: Host, short: (name: string) => string): EntryProof {
  const found = { ...nothingFound, hops: [`${short(name)}: not looked into`], unobservable: [`${name}: ${unobservable}`] };
  return plainProof({ judge: async () => found });
}

/** Where a target's connections go: IPv4 address and port. */
export function destinationOf(url: string): { readonly address: string; readonly port: number } {
  const { hostname, port } = new URL(url);
  return { address: hostname, port: Number(port || 80) };
}
