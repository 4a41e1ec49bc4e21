import { UnavailableError } from '../../errors.ts';
import type { ProxyMode } from './mode.ts';

/** What a lab may do to a cluster while load runs. */
export type LabEvent =
  /** Leaves these of the deployment's `endpoints` behind the Services, by pod; the other pods go on running. */
  | { readonly kind: 'serve-by'; readonly pods: readonly string[] }
  | { readonly kind: 'stop'; readonly component: string; readonly node?: string }
  | { readonly kind: 'kill'; readonly node: string }
  | { readonly kind: 'drain'; readonly node: string }
  | { readonly kind: 'switch-mode'; readonly mode: ProxyMode; readonly node?: string };

export type EventKind = LabEvent['kind'];
const kinds: Readonly<Record<EventKind, true>> = { 'serve-by': true, stop: true, kill: true, drain: true, 'switch-mode': true };
export const eventKinds = Object.keys(kinds) as readonly EventKind[];

/** What was seen of an event, as data. */
export interface EventEvidence {
  readonly code: 'pod-serves' | 'pod-serves-not';
  readonly pod: string;
}

/** An event that was performed; the times are those of this machine's monotonic clock, in nanoseconds. */
export interface Performed {
  readonly event: LabEvent;
  readonly askedNs: bigint;
  /** The first command to the cluster goes out. */
  readonly begunNs: bigint;
  /** The cluster took the last one. How soon all nodes follow is the cluster's matter. */
  readonly doneNs: bigint;
  readonly evidence: readonly EventEvidence[];
}

/** How clusters of a kind perform the events that they can. */
export type Performers<Ground> = {
  readonly [K in EventKind]?: (event: Extract<LabEvent, { kind: K }>, ground: Ground) => Promise<readonly EventEvidence[]>;
};

/**
 * Performs an event and takes the times.
 * @throws UnavailableError for an event that the cluster does not perform; `Limits.events` says so beforehand.
 */
export async function performEvent<Ground>(event: LabEvent, performers: Performers<Ground>, ground: Ground): Promise<Performed> {
  const askedNs = process.hrtime.bigint();
  const perform = performers[event.kind] as ((event: LabEvent, ground: Ground) => Promise<readonly EventEvidence[]>) | undefined;
  if (!perform)
    throw new UnavailableError(`this cluster cannot perform the event "${event.kind}"`, {
      remedy: 'remove the event from the lab, or choose another provider',
    });
  const begunNs = process.hrtime.bigint();
  const evidence = await perform(event, ground);
  return { event, askedNs, begunNs, doneNs: process.hrtime.bigint(), evidence };
}

/** Evidence of `serve-by`: each pod of the deployment, and whether it serves now. */
export const servingEvidence = (all: readonly string[], serving: readonly string[]): EventEvidence[] =>
  all.map((pod) => ({ code: serving.includes(pod) ? 'pod-serves' : 'pod-serves-not', pod }));
