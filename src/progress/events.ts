import { z } from 'zod';
import { OBEYED } from '../plain.ts';

/** Number of the format of the events; a field that is added does not change it. */
export const EVENTS_FORMAT = 1;

/** What `--json` tells, an object a line: `plan` first, `result` last, whatever happened between. */
export const progressEvent = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('plan'),
    format: z.literal(EVENTS_FORMAT),
    lab: z.string(),
    provider: z.object({ name: z.string(), reason: z.string() }),
    /** The results folder of the run; absent for a dry run, which has none. */
    directory: z.string().optional(),
    /** Roughly, in all. */
    seconds: z.number(),
    families: z.array(
      z.object({
        id: z.string(),
        title: z.string(),
        clusters: z.array(z.string()),
        blocks: z.number().int(),
        cells: z.array(z.object({ scenario: z.string(), series: z.string() })),
      }),
    ),
    skips: z.array(z.object({ what: z.string(), reason: z.string(), remedy: z.string().optional() })),
  }),
  z.object({
    type: z.literal('step'),
    /** Of this piece of work, the same in each of its states. */
    id: z.string(),
    /** The step that it is a part of; absent for one that stands by itself. */
    parent: z.string().optional(),
    title: z.string(),
    state: z.enum(['started', 'waiting', 'done', 'failed']),
    /** Since the step began. */
    seconds: z.number(),
    /** What it waits for, or why it failed. */
    text: z.string().optional(),
  }),
  z.object({
    type: z.literal('cell'),
    family: z.string(),
    scenario: z.string(),
    series: z.string(),
    state: z.enum(['measuring', 'measured']),
    block: z.number().int(),
    blocks: z.number().int(),
    cell: z.number().int(),
    cells: z.number().int(),
    /** Roughly, for the family. */
    secondsLeft: z.number().optional(),
    rate: z.number().optional(),
    p50: z.number().optional(),
    p99: z.number().optional(),
    errors: z.number().int().optional(),
  }),
  z.object({ type: z.literal('note'), text: z.string() }),
  z.object({
    type: z.literal('result'),
    directory: z.string(),
    outcome: z.enum(['complete', 'failed', 'interrupted']),
    /** What the command will end with. */
    exitCode: z.number().int(),
    /** Why it is not complete, and what to do next. */
    message: z.string().optional(),
    remedy: z.string().optional(),
    /** What failed besides, as deleting the clusters after a proof that failed. */
    also: z.array(z.string()).optional(),
    /** As `trafficlab compare --json` prints it; absent where nothing was measured. */
    analysis: z.unknown().optional(),
  }),
]);
export type ProgressEvent = z.infer<typeof progressEvent>;

/** An event as a line. What a terminal would obey is written \uXXXX, and so is what some readers take for the end of a line. */
export const eventLine = (event: ProgressEvent): string =>
  `${JSON.stringify(event).replace(OBEYED, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`)}\n`;
