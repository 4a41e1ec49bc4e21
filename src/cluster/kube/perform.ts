import { CommandError } from '../../errors.ts';
import type { Performers } from '../contract/events.ts';
import type { Deployed } from './deploy.ts';

/** What an event has to do with. @field deployed undefined before anything is. */
export interface EventGround {
  readonly deployed: Deployed | undefined;
}

/** Events that concern our own labelled objects only: all that may happen to a cluster that trafficlab did not make. */
export const ownObjectPerformers: Performers<EventGround> = {
  'serve-by': async ({ pods }, { deployed }) => {
    if (!deployed) throw new CommandError('no workload with pods is deployed');
    return deployed.serveBy(pods);
  },
};

/** The events of clusters that trafficlab made; `Limits.events` is made of these. */
export const performers: Performers<EventGround> = { ...ownObjectPerformers };
