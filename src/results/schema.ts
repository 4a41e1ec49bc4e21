import { z } from 'zod';
import { carrierKinds, carrierUnknowns } from '../cluster/contract/carriers.ts';
import { detectionSources, iptablesBackends, providerNames, proxyModes } from '../cluster/contract/provider.ts';
import { count, difference, measure, seriesNames, share } from './scalars.ts';

export { planFile } from './plan-schema.ts';
export { type SeriesName, seriesNames } from './scalars.ts';

/** Number of the format of plan.json, facts.json and results.ndjson as they are written. Format 1 is read too (format-1.ts). */
export const RESULTS_FORMAT = 2;

const latency = z.object({
  min: measure,
  p50: measure,
  p90: measure,
  p99: measure,
  p999: measure,
  max: measure,
  mean: measure,
});

/** One check of a cell's validity; one that failed takes the cell out of the ranking, not out of the report. */
export const checkSchema = z.object({
  name: z.enum(['errors', 'time-outs', 'non-2xx', 'ports', 'generator-bound', 'retransmits', 'too-few-values']),
  ok: z.boolean(),
  seen: z.string(),
  remedy: z.string(),
});

/** The CPU that a component used on a node while a cell's load ran, its warm-up included. */
export const carrierUse = z.object({
  component: z.string(),
  node: z.string(),
  kind: z.enum(carrierKinds),
  cpuNs: difference,
});

/** A node whose carriers could not be read, and why. */
export const unknownCarriers = z.object({ node: z.string(), unknown: z.enum(carrierUnknowns) });

/** One window of one cell in one block. Latencies are microseconds, and every one of them is in `histogram`. */
export const cellRecord = z.object({
  type: z.literal('cell'),
  at: z.string(),
  family: z.string(),
  cluster: z.string(),
  block: count,
  scenario: z.string(),
  series: z.enum(seriesNames),
  url: z.string(),
  connections: count,
  durationMs: measure.positive(),
  requests: count,
  ratePerSecond: measure,
  latencyUs: latency,
  /** HdrHistogram V2 compressed, base64: 3 significant digits, 1 us to 1 minute. */
  histogram: z.string(),
  statusCounts: z.record(z.string(), count),
  errors: z.record(z.string(), count),
  timeouts: count,
  /** Keep-alive: connections replaced with nothing lost, because a response asked for it or the server ended an idle one. Absent in older runs. */
  reconnects: z.object({ asked: count, idle: count }).optional(),
  /** SYN or data segments sent again in the window. */
  retransmits: count.optional(),
  generator: z.object({ cpuShare: share, eventLoopUtilization: share }).optional(),
  ports: z
    .object({ range: difference, timeWaitBefore: difference, timeWaitAfter: difference, budget: difference, used: difference })
    .optional(),
  /** Absent where none was found, and for nodes that could not be read. */
  carriers: z.array(carrierUse).optional(),
  carriersUnknown: z.array(unknownCarriers).optional(),
  /** How long that load ran, milliseconds: the series' warm-up, where it has one, and the window. Absent in older runs. */
  loadMs: z.number().positive().optional(),
  checks: z.array(checkSchema),
});

/** A kernel object, or a process, that new connections went through, and how many of them. */
export const movedObject = z.object({
  kind: z.enum(['rule', 'chain', 'map-element', 'virtual-server', 'real-server', 'process', 'tracked-connections']),
  node: z.string(),
  /** Of iptables or nftables. */
  table: z.string().optional(),
  name: z.string(),
  moved: z.number().int(),
  /** counter: the object's own counter; trace: `nft monitor trace`; connections: the kernel's table of connections, by the client's ports. */
  seenBy: z.enum(['counter', 'trace', 'connections']),
});

/** An endpoint that new connections were led to, and how many of them. */
export const reachedEndpoint = z.object({
  pod: z.string(),
  node: z.string(),
  address: z.string(),
  connections: z.number().int(),
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
      backendConnectionsReused: z.number().min(0).max(1).optional(),
    })
    .optional(),
  /** Only of paths: what the connections of the proof went through, in order. Absent in records of older versions. */
  objects: z.array(movedObject).optional(),
  /** Only of paths: where they arrived. */
  endpoints: z.array(reachedEndpoint).optional(),
  evidence: z.array(z.string()),
  failures: z.array(z.string()),
  /** Failures as data, each with its code; those that have none are in `failures` only. */
  problems: z.array(z.looseObject({ code: z.string() })).optional(),
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
export const phaseRecord = z.object({ type: z.literal('phase'), at: z.string(), name: z.string(), durationMs: measure });

/** How a family of the run ended. A family without one died half-way. */
export const endRecord = z.object({
  type: z.literal('end'),
  at: z.string(),
  family: z.string(),
  outcome: z.enum(['complete', 'failed', 'interrupted']),
  message: z.string().optional(),
});

export const resultRecord = z.discriminatedUnion('type', [cellRecord, proofRecord, skipRecord, phaseRecord, endRecord]);

/** A value with where it was read and how it is known, or why it is not known. */
const detected = <T extends z.ZodType>(value: T) =>
  z.union([
    z.strictObject({ value, source: z.enum(detectionSources), from: z.string() }),
    z.strictObject({ unknown: z.string(), remedy: z.string().exactOptional() }),
  ]);

/** What a cluster runs; what does not apply is absent. */
const detections = z.object({
  proxyMode: detected(z.enum(proxyModes)).exactOptional(),
  proxyModeOf: z.record(z.string(), detected(z.enum(proxyModes))).exactOptional(),
  iptablesBackend: detected(z.enum(iptablesBackends)).exactOptional(),
  kubeProxyReplacement: detected(z.string()).exactOptional(),
  cni: detected(z.string()).exactOptional(),
  ingressControllers: detected(z.string()).exactOptional(),
  loadBalancer: detected(z.string()).exactOptional(),
});

/** What was observed of a cluster, in facts.json. */
export const clusterFacts = z.looseObject({
  provider: z.enum(providerNames),
  kernel: z.string(),
  kubernetes: z.string().exactOptional(),
  iptablesBackend: z.enum(iptablesBackends).exactOptional(),
  detected: detections.exactOptional(),
});

export type CarrierUse = z.infer<typeof carrierUse>;
export type UnknownCarriers = z.infer<typeof unknownCarriers>;
export type Check = z.infer<typeof checkSchema>;
export type CellRecord = z.infer<typeof cellRecord>;
export type MovedObject = z.infer<typeof movedObject>;
export type ReachedEndpoint = z.infer<typeof reachedEndpoint>;
export type ProofRecord = z.infer<typeof proofRecord>;
export type SkipRecord = z.infer<typeof skipRecord>;
export type PhaseRecord = z.infer<typeof phaseRecord>;
export type EndRecord = z.infer<typeof endRecord>;
export type ResultRecord = z.infer<typeof resultRecord>;
