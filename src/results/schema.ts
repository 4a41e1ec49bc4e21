import { z } from 'zod';
import { carrierKinds, carrierUnknowns } from '../cluster/contract/carriers.ts';
import { detectionSources, iptablesBackends, proxyModes } from '../cluster/contract/provider.ts';
import { seriesNames } from '../lab/series.ts';
import { skipSchema } from '../lab/skip.ts';
import { evidence } from '../proof/evidence.ts';
import { clientAddress, hop, movedObject, reachedEndpoint } from '../proof/hop.ts';
import { problem } from '../proof/problem.ts';
import { unobserved } from '../proof/unobserved.ts';
import { checkSchema } from './check.ts';
import { count, difference, measure, providerName, share } from './scalars.ts';

export { type Check, checkSchema } from './check.ts';
export { planFile } from './plan-schema.ts';

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

/** The CPU that a component used on a node while a cell's load ran, its warm-up included. */
export const carrierUse = z.object({
  component: z.string(),
  node: z.string(),
  kind: z.enum(carrierKinds),
  cpuNs: difference,
});

/** A node whose carriers could not be read, and why. */
export const unknownCarriers = z.object({ node: z.string(), unknown: z.enum(carrierUnknowns) });

/** A part of a window in one generator; a generator's slices follow one another, and their counts add up to the window's. */
const sliceSchema = z.object({
  /** Index among the targets that the generator took turns on; 0 where there was one. */
  target: count,
  /** Since the window began. */
  startNs: count,
  lengthNs: count,
  /** Its end came later than it was due by more than a tenth of its length. */
  late: z.boolean(),
  requests: count,
  errors: z.record(z.string(), count),
  timeouts: count,
});

/** What one generator was and used in a window. */
const generatorSchema = z.object({
  /** Where it ran. Absent in format 1. */
  host: z.string().optional(),
  durationMs: measure,
  cpuShare: share,
  eventLoopUtilization: share,
  /** Absent in the oldest runs. */
  ports: z
    .object({ range: difference, timeWaitBefore: difference, timeWaitAfter: difference, budget: difference, used: difference })
    .optional(),
  /** Absent in format 1. */
  slices: z.array(sliceSchema).optional(),
});

/** Fields of format 2 that no version writes yet; a reader passes them on. */
const reserved = {
  /** Which replicate of the run it belongs to, counted from 0: what carries and answers is made anew for each. Absent: there is one. */
  replicate: count.optional(),
  /** Id of the timeline of events that ran at the time. Absent: nothing but load. */
  timeline: z.string().optional(),
  /** Id of the claim that it was measured for. Absent: none. */
  claim: z.string().optional(),
};

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
  /** Those that offered the load at the same time. Absent where none did: first packets are timed by the kernel. */
  generators: z.array(generatorSchema).min(1).optional(),
  /** Absent where none was found, and for nodes that could not be read. */
  carriers: z.array(carrierUse).optional(),
  carriersUnknown: z.array(unknownCarriers).optional(),
  /** How long that load ran, milliseconds: the series' warm-up, where it has one, and the window. Absent in older runs. */
  loadMs: z.number().positive().optional(),
  checks: z.array(checkSchema),
  ...reserved,
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
  ...reserved,
  proven: z.boolean(),
  /** Only of paths: the hops of its connections. */
  hops: z.array(hop).readonly().optional(),
  /** Only of paths: the names of the cluster's nodes. Absent in records of format 1. */
  nodes: z.array(z.string()).readonly().optional(),
  /** Only of paths: what the backends saw of the client. */
  clientAddress: clientAddress.optional(),
  /** Only of paths: what the connections of the proof went through, in order. Absent in records of older versions. */
  objects: z.array(movedObject).readonly().optional(),
  /** Only of paths: where they arrived. */
  endpoints: z.array(reachedEndpoint).readonly().optional(),
  evidence: z.array(evidence).readonly(),
  /** What contradicts it. */
  problems: z.array(problem).readonly(),
  /** What it could not look at, and why: without problems the proof is neither made nor refuted. Empty: all was looked at. */
  unobserved: z.array(unobserved).readonly(),
});

/** Something that was planned and did not run, with the reason. */
export const skipRecord = z.object({
  type: z.literal('skip'),
  at: z.string(),
  skip: skipSchema,
  ...reserved,
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

const undetected = z
  .strictObject({ unknown: z.string(), remedy: z.string().exactOptional(), problem: problem.exactOptional() })
  .meta({ id: 'undetected' });

/** A value with where it was read and how it is known, or why it is not known. */
const detected = <T extends z.ZodType>(value: T) =>
  z.union([z.strictObject({ value, source: z.enum(detectionSources), from: z.string() }), undetected]);

const detectedMode = detected(z.enum(proxyModes)).meta({ id: 'detectedMode' });
const detectedText = detected(z.string()).meta({ id: 'detectedText' });

/** What a cluster runs; what does not apply is absent. */
const detections = z.object({
  proxyMode: detectedMode.exactOptional(),
  proxyModeOf: z.record(z.string(), detectedMode).exactOptional(),
  iptablesBackend: detected(z.enum(iptablesBackends)).exactOptional(),
  kubeProxyReplacement: detectedText.exactOptional(),
  cni: detectedText.exactOptional(),
  ingressControllers: detectedText.exactOptional(),
  loadBalancer: detectedText.exactOptional(),
});

/** What was observed of a cluster, in facts.json. */
export const clusterFacts = z.looseObject({
  provider: providerName,
  kernel: z.string(),
  kubernetes: z.string().exactOptional(),
  iptablesBackend: z.enum(iptablesBackends).exactOptional(),
  detected: detections.exactOptional(),
});

export type CarrierUse = z.infer<typeof carrierUse>;
export type UnknownCarriers = z.infer<typeof unknownCarriers>;
export type CellRecord = z.infer<typeof cellRecord>;
export type ProofRecord = z.infer<typeof proofRecord>;
export type SkipRecord = z.infer<typeof skipRecord>;
export type PhaseRecord = z.infer<typeof phaseRecord>;
export type EndRecord = z.infer<typeof endRecord>;
export type ResultRecord = z.infer<typeof resultRecord>;
