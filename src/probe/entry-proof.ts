import type { Deployment } from '../cluster/contract/deployment.ts';
import type { Host } from '../cluster/contract/host.ts';
import type { ProxyMode } from '../cluster/contract/provider.ts';
import type { LoadSession } from '../load/session.ts';
import { closedLook } from '../proof/look.ts';
import type { Problem } from '../proof/problem.ts';
import type { ClosedBecause } from '../proof/unobserved.ts';
import type { Opened } from './connections.ts';
import { type Findings, nothingFound } from './findings.ts';

export interface EntryContext {
  readonly nodes: readonly Host[];
  readonly mode: ProxyMode;
  readonly deployment: Deployment;
  readonly session: LoadSession;
}

/** Looks at a target's way into the cluster before connections are opened, and answers with what judges them once they are. */
export interface EntryProof extends AsyncDisposable {
  /** So many connections are needed for it. */
  readonly connections: number;
  /** What contradicts it already. */
  readonly problems: readonly Problem[];
  /** What was found of the connections; absent where there is no entry to judge. */
  readonly judge?: (opened: Opened) => Promise<Findings>;
}

/** Enough that each of a handful of endpoints answers at least once, most of the time. */
export const FEW = 12;

/** A proof of an entry that leaves nothing open; what is not given is empty. */
export const plainProof = (given: Partial<EntryProof>): EntryProof => ({
  connections: FEW,
  problems: [],
  [Symbol.asyncDispose]: async () => {},
  ...given,
});

/** There is no such entry. */
export const noEntry = (problem: Problem): EntryProof => plainProof({ problems: [problem] });

/** The answers alone say what became of connections that come in at a node on which no command runs. */
export function closedEntry(node: string, because: ClosedBecause): EntryProof {
  const found: Findings = { ...nothingFound, hops: [{ kind: 'closed-node', node }], ...closedLook(node, because) };
  return plainProof({ judge: async () => found });
}
