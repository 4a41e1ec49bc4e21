import { CommandError } from '../../errors.ts';
import type { Performers } from '../contract/events.ts';
import type { CarrierProcess } from './carriers.ts';
import type { Deployed } from './deploy.ts';

/** What an event has to do with. @field deployed undefined before anything is. */
export interface EventGround {
  readonly deployed: Deployed | undefined;
  readonly carriers: readonly CarrierProcess[];
}

/** The events that clusters of namespaces perform; `Limits.events` is made of these. */
export const performers: Performers<EventGround> = {
  'serve-by': async ({ pods }, { deployed }) => {
    if (!deployed) throw new CommandError('no workload with pods is deployed');
    return deployed.serveBy(pods);
  },
};
