import { z } from 'zod';
import { seriesNames } from '../lab/series.ts';
import { skipSchema } from '../lab/skip.ts';
import { clientAddress, hop, movedObject } from '../proof/hop.ts';
import { problem } from '../proof/problem.ts';
import { unobserved as unobservedData } from '../proof/unobserved.ts';
import {
  carrierUse,
  cellRecord,
  checkSchema,
  clusterFacts,
  endRecord,
  phaseRecord,
  planFile,
  proofRecord,
  skipRecord,
  unknownCarriers,
} from '../results/schema.ts';

/** Number of the format of a report as JSON; a reader refuses any other. */
export const REPORT_FORMAT = 2;

// JSON has no NaN, which stands where a cell had no answer at all.
const latency = z
  .number()
  .nullable()
  .transform((us) => us ?? Number.NaN)
  .describe('microseconds; null: no answer');
const metric = z.enum(['rate', 'p50', 'p99']);
const interval = z.tuple([z.number(), z.number()]).describe('lower and upper end');
const series = z.enum(seriesNames);

const run = z
  .strictObject({
    directory: z.string(),
    plan: planFile.describe('plan.json'),
    facts: z.record(z.string(), clusterFacts).describe('facts observed in each cluster, by family/cluster'),
    machine: z.record(z.string(), z.unknown()),
    cells: z.array(cellRecord).describe('one window: a cell in a block'),
    proofs: z.array(proofRecord),
    skips: z.array(skipRecord),
    phases: z.array(phaseRecord),
    ends: z.array(endRecord),
    problems: z.array(z.string()).describe('problems of the files'),
  })
  .describe('the raw records of a run, as stored in its folder');

const unproven = z
  .array(z.strictObject({ subject: proofRecord.shape.subject, problems: z.array(problem).readonly() }))
  .meta({ id: 'unproven' });

const standing = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('ranked') }),
  z.strictObject({ kind: z.literal('unranked') }).describe('a check failed: figures are shown without verdicts'),
  z.strictObject({ kind: z.literal('unproven'), unproven }).describe('no figures'),
  z.strictObject({ kind: z.literal('unmeasured') }).describe('no window was recorded'),
]);

const figures = z
  .strictObject({
    rate: z.number().describe('requests per second: all requests divided by the total time'),
    p50: latency,
    p90: z.number(),
    p99: z.number(),
    p999: z.number(),
    histogram: z.string().describe('every latency in microseconds: HdrHistogram V2, compressed, base64'),
    requests: z.number().int(),
    errors: z.number().describe('connection errors, time-outs and responses other than 2xx'),
    reconnects: z
      .strictObject({
        asked: z.number().describe('the server announced in a response that it closes the connection'),
        idle: z.number().describe('the server closed the connection while no request was open'),
      })
      .exactOptional()
      .describe('keep-alive: connections replaced without a lost request; not errors'),
    cpuShare: z.number().exactOptional().describe('CPU of the generator as a share of one core, 0 to 1, median over the blocks'),
    eventLoopUtilization: z.number().exactOptional(),
    carriers: z
      .array(
        z.strictObject({
          ...carrierUse.omit({ cpuNs: true }).shape,
          cpuMs: z.number().describe('CPU milliseconds per 1,000 requests, median over the blocks'),
        }),
      )
      .exactOptional()
      .describe('components that used CPU while load ran, by node'),
    carriersUnknown: z.array(unknownCarriers).exactOptional().describe('nodes whose components could not be read'),
  })
  .describe('all windows of a cell combined');

const unobserved = z.array(z.strictObject({ subject: proofRecord.shape.subject, reasons: z.array(unobservedData).readonly() }));

const cell = z
  .strictObject({
    family: z.string(),
    scenario: z.looseObject({ id: z.string(), cluster: z.string(), mode: z.string() }),
    series,
    mode: z.string().describe('as shown, with the iptables backend that was observed'),
    place: z.string().describe('the rest of the scenario, as shown'),
    kernel: z.string().exactOptional(),
    kubernetes: z.string().exactOptional(),
    standing,
    unobserved: unobserved.describe(
      'what is not observable on this cluster: its mode, rules or path are neither proven nor refuted',
    ),
    figures: figures.exactOptional(),
    blocks: z.array(z.strictObject({ block: z.number().int(), rate: z.number(), p50: latency, p99: z.number() })),
    plannedBlocks: z.number().int(),
    failedChecks: z.array(
      z.strictObject({
        name: checkSchema.shape.name,
        blocks: z.array(z.number().int()),
        of: z.number().int(),
        seen: checkSchema.shape.seen,
        unranks: z.boolean(),
      }),
    ),
    outliers: z.array(z.strictObject({ block: z.number().int(), metric, figure: z.number(), median: z.number() })),
    hops: z.array(hop).readonly().exactOptional().describe('the proven path'),
    nodes: z.array(z.string()).readonly().exactOptional().describe("the names of its cluster's nodes"),
    objects: z.array(movedObject).exactOptional().describe('kernel objects that counted the connections of that proof, in order'),
    clientAddress: clientAddress.exactOptional(),
  })
  .meta({ id: 'cell' });

const cellName = z.strictObject({ family: z.string(), scenario: z.string(), series, mode: z.string(), place: z.string() }).meta({
  id: 'cellName',
  description: "the cell with this family, scenario id and series; where runs are compared, `cell` is the later run's",
});

const ratioEstimate = z
  .strictObject({
    ratio: z.number().describe('geometric mean; 1: no difference'),
    interval95: interval.describe("lower and upper end; Student's t, not corrected for other comparisons"),
    interval90: interval.describe('lower and upper end; decides equivalent'),
    p: z.number().describe('two-sided, not corrected'),
    n: z.number().int().describe('blocks'),
    logRatio: z.number(),
    standardError: z.number().describe('of logRatio'),
    degreesOfFreedom: z.number(),
  })
  .meta({ id: 'ratioEstimate', description: "how many times the second cell's figure the first's is" });

const failedCheck = checkSchema.omit({ ok: true }).meta({ id: 'failedCheck' });
const shown = { mode: z.string(), place: z.string() };

const noVerdict = z
  .discriminatedUnion('code', [
    z.strictObject({ code: z.literal('unproven'), ...shown, unproven }),
    z.strictObject({ code: z.literal('unmeasured'), ...shown }),
    z.strictObject({ code: z.literal('failed-checks'), ...shown, checks: z.array(failedCheck) }),
    z.strictObject({ code: z.literal('kernel-unknown') }).describe('of one side or both'),
    z.strictObject({ code: z.literal('kernels-differ'), kernels: z.tuple([z.string(), z.string()]) }),
    z
      .strictObject({ code: z.literal('versions-differ'), versions: z.tuple([z.string().nullable(), z.string().nullable()]) })
      .describe('of Kubernetes; null: none'),
    z.strictObject({ code: z.literal('run-cut-short'), outcome: z.enum(['died', 'failed', 'interrupted']) }),
    z.strictObject({ code: z.literal('too-few-blocks'), blocks: z.number().int(), needed: z.number().int() }),
    z.strictObject({ code: z.literal('no-spread') }).describe('all blocks have the same ratio'),
  ])
  .meta({ id: 'noVerdict' });

const loss = z.discriminatedUnion('code', [
  z.strictObject({ code: z.literal('missing') }),
  z.strictObject({ code: z.literal('unproven'), unproven }),
  z.strictObject({ code: z.literal('unmeasured') }),
  z
    .strictObject({ code: z.literal('unobserved'), subjects: z.array(proofRecord.shape.subject) })
    .describe('what was observable in the baseline, but not in this run'),
  z.strictObject({ code: z.literal('fewer-blocks'), blocks: z.number().int(), planned: z.number().int() }),
  z.strictObject({ code: z.literal('failed-checks'), checks: z.array(failedCheck) }),
]);

const verdict = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.enum(['faster', 'slower', 'equivalent']) }),
  z.strictObject({
    kind: z.literal('cannot-tell'),
    moreBlocks: z.number().int().exactOptional().describe('blocks that would probably decide it'),
  }),
  z.strictObject({ kind: z.literal('none'), because: noVerdict }),
]);

const comparison = z
  .strictObject({
    cell: cellName,
    against: cellName,
    kind: z.enum(['pod', 'reference', 'position', 'services', 'controller', 'exposure', 'tuning', 'hop', 'run']),
    paired: z.boolean(),
    metric,
    estimate: ratioEstimate.exactOptional(),
    others: z.array(z.strictObject({ metric, estimate: ratioEstimate })).describe('other metrics, without a test'),
    verdict,
    adjustedP: z.number().exactOptional().describe("p after Holm's correction over the table; decides faster and slower"),
  })
  .meta({ id: 'comparison' });

const table = z.strictObject({
  series,
  metric: metric.describe('of the verdicts'),
  cells: z.array(cell),
  comparisons: z.array(comparison),
  tests: z.number().int().describe("number of comparisons tested, which Holm's correction of p uses"),
  waterfalls: z.array(
    z.strictObject({
      mode: z.string(),
      steps: z.array(
        z.strictObject({
          place: z.string(),
          unobserved: unobserved.exactOptional().describe("as in the hop's cell; absent if everything is observable"),
          p50: latency.exactOptional(),
          added: z
            .strictObject({ difference: z.number(), interval95: interval, n: z.number().int() })
            .exactOptional()
            .describe('microseconds added to the step before, paired by block'),
        }),
      ),
    }),
  ),
});

const analysis = z
  .strictObject({
    directory: z.string(),
    lab: z.string(),
    question: z.string(),
    provider: planFile.shape.provider.pick({ name: true, chosen: true }),
    equivalencePercent: z.number(),
    families: z.array(
      z.strictObject({
        id: z.string(),
        title: z.string(),
        plannedBlocks: z.number().int(),
        seenBlocks: z.number().int(),
        tables: z.array(table).describe('one per series'),
        outcome: z.enum(['complete', 'failed', 'interrupted', 'died']),
        message: z.string().exactOptional(),
      }),
    ),
    bridges: z.array(
      z.strictObject({
        shared: z.string(),
        place: z.string(),
        series,
        sides: z.array(z.strictObject({ family: z.string(), title: z.string(), comparison })),
      }),
    ),
    skips: z.array(skipSchema),
    problems: z.array(z.string()),
  })
  .describe('outcome of the run');

const storedName = z.strictObject({ directory: z.string(), lab: z.string(), provider: z.string() }).meta({ id: 'storedName' });

const whichFact = {
  where: z.array(z.string()).describe('plan, machine, or clusters as family/cluster'),
  fact: z.string().describe('its path'),
};
const environmentDifference = z.discriminatedUnion('code', [
  z.strictObject({ ...whichFact, code: z.literal('differs'), before: z.json(), now: z.json() }),
  z.strictObject({ ...whichFact, code: z.literal('unknown-before'), now: z.json() }),
  z.strictObject({ ...whichFact, code: z.literal('unknown-now'), before: z.json() }),
]);

const between = z.strictObject({
  run: storedName,
  against: storedName,
  equivalencePercent: z.number(),
  differences: z.array(environmentDifference).describe('differences between their environments, without volatile facts'),
  tables: z.array(
    z.strictObject({
      family: z.string(),
      title: z.string(),
      series,
      metric,
      comparisons: z.array(comparison),
      tests: z.number().int(),
    }),
  ),
  unmatched: z.array(z.strictObject({ side: z.enum(['run', 'against']), cell: cellName })),
  problems: z.array(z.string()),
});

const check = z.strictObject({
  run: storedName,
  baseline: storedName,
  tolerancePercent: z.number(),
  cells: z.array(
    z.strictObject({
      family: z.string(),
      scenario: z.string(),
      series,
      mode: z.string(),
      place: z.string(),
      outcome: z.discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('worse'), metric, ratio: z.number(), interval95: interval }),
        z.strictObject({ kind: z.literal('lost'), because: loss }),
        z.strictObject({ kind: z.literal('held') }),
        z.strictObject({
          kind: z.literal('cannot-tell'),
          because: z.union([noVerdict, z.strictObject({ code: z.literal('interval-too-wide') })]),
        }),
      ]),
    }),
  ),
});

/** A report as JSON: runs with their raw records and what they came to. `docs/report.schema.json` is made from it. */
export const reportSchema = z
  .strictObject({
    format: z.literal(REPORT_FORMAT),
    kind: z.literal('report'),
    made: z.string().describe('ISO 8601, UTC'),
    trafficlab: z.string().describe('version'),
    runs: z.array(z.strictObject({ run, analysis })).describe('in the requested order, the baseline last'),
    between: z.array(between).describe('runs against others, unpaired'),
    checks: z.array(check).describe('of each run against the baseline; empty without a baseline'),
  })
  .describe('A trafficlab report');

/** A report with names in the place of the cells that its comparisons are of. */
export type StoredReport = z.infer<typeof reportSchema>;
