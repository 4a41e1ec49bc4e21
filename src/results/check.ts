import { z } from 'zod';
import { count, difference, measure, share } from './scalars.ts';

/** What a check of a window saw, with the limit that it was held to where the limit is not the same for all. */
const seen = z
  .discriminatedUnion('code', [
    z.object({ code: z.literal('errors'), errors: z.record(z.string(), count) }),
    z.object({ code: z.literal('time-outs'), timeouts: count }),
    z.object({ code: z.literal('statuses'), other: z.record(z.string(), count).describe('answers other than 2xx') }),
    z.object({
      code: z.literal('ports'),
      used: difference,
      budget: difference,
      range: difference,
      timeWaitBefore: difference,
    }),
    z.object({ code: z.literal('generator'), cpuShare: share, eventLoopUtilization: share, most: share }),
    z
      .object({ code: z.literal('generator-starved'), durationMs: measure, askedMs: measure })
      .describe('the window took so long because the generator got no CPU'),
    z.object({
      code: z.literal('retransmits'),
      retransmits: count.exactOptional().describe('absent where the kernel does not count'),
      requests: count,
    }),
    z.object({ code: z.literal('values'), requests: count, distinct: count, fewestRequests: count, fewestDistinct: count }),
    z.object({ code: z.literal('stated'), text: z.string(), remedy: z.string() }).describe('as a version before 0.2 put it'),
  ])
  .meta({ id: 'seen' });

/** One check of a window's validity. Where it fails in enough windows the cell leaves the ranking, not the report. */
export const checkSchema = z.object({
  name: z.enum(['errors', 'time-outs', 'non-2xx', 'ports', 'generator-bound', 'retransmits', 'too-few-values']),
  ok: z.boolean(),
  seen,
});

export type Check = z.infer<typeof checkSchema>;
