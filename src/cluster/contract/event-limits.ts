import { type EventKind, eventKinds } from './events.ts';
import type { Obstacle } from './obstacle.ts';

/** `Limits.events` of a provider that performs these kinds and no others. */
export const eventsBut = (performed: readonly EventKind[], obstacle: Obstacle): Partial<Record<EventKind, Obstacle>> =>
  Object.fromEntries(eventKinds.filter((kind) => !performed.includes(kind)).map((kind) => [kind, obstacle]));

/** What every provider that makes its clusters says of events that it does not perform yet. */
export const notPerformedYet: Obstacle = { code: 'event-not-performed' };
