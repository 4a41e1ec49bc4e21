import { type EventKind, eventKinds } from './events.ts';
import type { Obstacle } from './obstacle.ts';
import type { Limits } from './provider.ts';

/** `Limits.events` of a provider whose clusters perform these and no others. */
export const eventsBut = (performed: Readonly<Partial<Record<EventKind, unknown>>>, obstacle: Obstacle): Limits['events'] =>
  Object.fromEntries(eventKinds.filter((kind) => !(kind in performed)).map((kind) => [kind, obstacle]));

/** What every provider that makes its clusters says of events that it does not perform yet. */
export const notPerformedYet: Obstacle = { code: 'event-not-performed' };
