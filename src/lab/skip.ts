import { z } from 'zod';
import { obstacleSchema } from '../cluster/contract/obstacle.ts';
import { labModes } from './schema.ts';
import { seriesNames } from './series.ts';

const mode = z.enum(labModes);
/** Entry and vantage, as in "node-port-local/outside". */
const target = z.string();
const series = z.enum(seriesNames);
const services = z.number().int().min(0);
const because = obstacleSchema;

/**
 * Something that a lab asks for and that does not run, and why. It concerns every cell that has each of `mode`, `target`, `series` and
 * `services` where they are given; none given: no cell.
 */
export const skipSchema = z
  .discriminatedUnion('code', [
    z.object({ code: z.literal('mode'), mode, because }),
    z.object({ code: z.literal('target'), target, because }),
    z.object({ code: z.literal('series'), series, because }),
    z.object({ code: z.literal('services'), services, because }),
    z.object({ code: z.literal('series-of-mode'), mode, series, because }),
    z.object({ code: z.literal('series-of-target'), target, series, because }),
    // The modes of a family that have nothing to be compared with.
    z.object({ code: z.literal('reference'), reference: mode, modes: z.array(mode).readonly(), because }),
    z.object({ code: z.literal('link'), property: z.enum(['rate', 'delay', 'loss']), because }),
    // As a version before 0.2 put it.
    z.object({
      code: z.literal('stated'),
      what: z.string(),
      mode: mode.exactOptional(),
      target: target.exactOptional(),
      series: series.exactOptional(),
      services: services.exactOptional(),
      because,
    }),
  ])
  .meta({ id: 'skip' });

/** Something that a lab asks for and that does not run, and why; `src/words/skip.ts` says it. */
export type Skip = z.infer<typeof skipSchema>;
