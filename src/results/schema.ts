import { z } from 'zod';
import { providerNames } from '../cluster/provider.ts';

/** Number of the format of plan.json, facts.json and results.ndjson; a reader refuses any other. */
export const RESULTS_FORMAT = 1;

const latency = z.object({
  min: z.number(),
  p50: z.number(),
  p90: z.number(),
  p99: z.number(),
  p999: z.number(),
  max: z.number(),
  mean: z.number(),
});

/** One check of a cell's validity; one that failed takes the cell out of the ranking, not out of the report. */
export const checkSchema = z.object({
  name: z.enum(['errors', 'time-outs', 'non-2xx', 'ports', 'generator-bound', 'retransmits', 'too-few-values']),
  ok: z.boolean(),
  seen: z.string(),
  remedy: z.string(),
});

export const seriesNames = ['keep-alive', 'new-connection', 'first-packet'] as const;

/** What a carrier is: a program in a pod, or as a process of a node. */
export const carrierSchema = z.object({ program: z.string(), node: z.string(), runs: z.enum(['pod', 'node']) });

/** One window of one cell in one block. Latencies are microseconds, and every one of them is in `histogram`. */
export const cellRecord = z.object({
  type: z.literal('cell'),
  at: z.string(),
  family: z.string(),
  cluster: z.string(),
  block: z.number().int(),
  scenario: z.string(),
  series: z.enum(seriesNames),
  url: z.string(),
  connections: z.number().int(),
  durationMs: z.number().positive(),
  requests: z.number().int(),
  ratePerSecond: z.number(),
  latencyUs: latency,
  /** HdrHistogram V2 compressed, base64: 3 significant digits, 1 us to 1 minute. */
  histogram: z.string(),
  statusCounts: z.record(z.string(), z.number()),
  errors: z.record(z.string(), z.number()),
  timeouts: z.number().int(),
  /** SYN or data segments sent again in the window. */
  retransmits: z.number().int().optional(),
  generator: z.object({ cpuShare: z.number(), eventLoopUtilization: z.number() }).optional(),
  ports: z
    .object({ range: z.number(), timeWaitBefore: z.number(), timeWaitAfter: z.number(), budget: z.number(), used: z.number() })
    .optional(),
  /** CPU milliseconds that each carrier used while this cell's load ran, its warm-up included. */
  carriersCpuMs: z.record(z.string(), z.number()).optional(),
  /** What each of them is, by the same names. Absent in older runs. */
  carriers: z.record(z.string(), carrierSchema).optional(),
  /** How long that load ran, milliseconds: the series' warm-up, where it has one, and the window. Absent in older runs. */
  loadMs: z.number().positive().optional(),
  checks: z.array(checkSchema),
});

/** Evidence that a cluster was in its mode, or that a scenario's path was the one it says. */
export const proofRecord = z.object({
  type: z.literal('proof'),
  at: z.string(),
  subject: z.enum(['mode', 'rules', 'path']),
  /** Families may hold clusters of one name (bridging); absent: the proof counts for each of them. */
  family: z.string().optional(),
  cluster: z.string(),
  scenario: z.string().optional(),
  proven: z.boolean(),
  hops: z.array(z.string()).optional(),
  /** Only of paths: what the backends saw of the client. */
  clientAddress: z
    .object({
      client: z.string(),
      /** Source addresses of the connections as the backends saw them. */
      seen: z.array(z.string()),
      survived: z.enum(['as source', 'in X-Forwarded-For', 'no']),
      /** X-Forwarded-For as it came; absent where no proxy wrote it. */
      forwardedFor: z.array(z.string()).optional(),
      /** Share of requests that came over a connection which had carried another one, 0 to 1; where a proxy stands between. */
      backendConnectionsReused: z.number().optional(),
    })
    .optional(),
  evidence: z.array(z.string()),
  failures: z.array(z.string()),
  /** What nobody could look at on this cluster, and why: without failures the proof is neither made nor refuted. Absent: all was looked at. */
  unobservable: z.array(z.string()).optional(),
});

/** Something that was planned and did not run, with the reason. */
export const skipRecord = z.object({
  type: z.literal('skip'),
  at: z.string(),
  what: z.string(),
  reason: z.string(),
  remedy: z.string(),
});

/** A timed piece of the run outside of load windows: create, load-images, delete, ... */
export const phaseRecord = z.object({ type: z.literal('phase'), at: z.string(), name: z.string(), durationMs: z.number() });

/** How a family of the run ended. A family without one died half-way. */
export const endRecord = z.object({
  type: z.literal('end'),
  at: z.string(),
  family: z.string(),
  outcome: z.enum(['complete', 'failed', 'interrupted']),
  message: z.string().optional(),
});

export const resultRecord = z.discriminatedUnion('type', [cellRecord, proofRecord, skipRecord, phaseRecord, endRecord]);

/** plan.json, only what comparing stands on: a plan was made by us and is not edited by hand, as a lab file is. */
export const planFile = z.looseObject({
  trafficlab: z.string(),
  lab: z.looseObject({ name: z.string(), question: z.string(), blocks: z.number(), equivalence: z.number() }),
  provider: z.looseObject({ name: z.string(), reason: z.string() }),
  families: z.array(
    z.looseObject({
      id: z.string(),
      title: z.string(),
      clusters: z.array(z.looseObject({ id: z.string() })),
      scenarios: z.array(
        z.looseObject({ id: z.string(), cluster: z.string(), mode: z.string(), topology: z.looseObject({ entry: z.string() }) }),
      ),
      order: z.array(z.array(z.looseObject({ scenario: z.string(), series: z.string() }))),
    }),
  ),
  skips: z.array(z.looseObject({ what: z.string(), reason: z.string(), remedy: z.string() })),
});

/** What was observed of a cluster, in facts.json. */
export const clusterFacts = z.looseObject({
  provider: z.enum(providerNames),
  kernel: z.string(),
  kubernetes: z.string().optional(),
  iptablesBackend: z.enum(['legacy', 'nf_tables']).optional(),
});

export type SeriesName = (typeof seriesNames)[number];
export type CarrierOf = z.infer<typeof carrierSchema>;
export type Check = z.infer<typeof checkSchema>;
export type CellRecord = z.infer<typeof cellRecord>;
export type ProofRecord = z.infer<typeof proofRecord>;
export type SkipRecord = z.infer<typeof skipRecord>;
export type PhaseRecord = z.infer<typeof phaseRecord>;
export type EndRecord = z.infer<typeof endRecord>;
export type ResultRecord = z.infer<typeof resultRecord>;
