import { z } from 'zod';
import { positions } from '../cluster/contract/deployment.ts';
import { vantages } from '../cluster/contract/host.ts';
import type { GivenProviderOptions } from '../cluster/contract/options.ts';
import { iptablesBackends, proxyModes } from '../cluster/contract/provider.ts';
import {
  announcements,
  controllers,
  entries,
  exposures,
  sessionAffinities,
  trafficPolicies,
  tunings,
} from '../cluster/contract/topology.ts';
import { labModes } from '../lab/schema.ts';
import { seriesNames } from '../lab/series.ts';
import { optionList, propertyOf } from '../options/table.ts';
import { count, measure, providerName } from './scalars.ts';

const trafficPolicy = z.enum(trafficPolicies);

const hostPort = z.looseObject({ entry: z.literal('host-port') });
const sessionAffinity = z.literal('client-ip').exactOptional();
const nodePort = z.looseObject({ entry: z.literal('node-port'), trafficPolicy, sessionAffinity });
const loadBalancer = z.looseObject({
  entry: z.literal('load-balancer'),
  announce: z.enum(announcements),
  trafficPolicy,
  sessionAffinity,
});

const topology = z.discriminatedUnion('entry', [
  z.looseObject({ entry: z.literal('pod') }),
  z.looseObject({
    entry: z.literal('cluster-ip'),
    internalTrafficPolicy: z.literal('local').exactOptional(),
    sessionAffinity,
  }),
  hostPort,
  nodePort,
  loadBalancer,
  z.looseObject({
    entry: z.literal('ingress'),
    controller: z.enum(controllers),
    placement: z.union([z.literal('daemonset'), z.looseObject({ replicas: count })]),
    exposure: z.discriminatedUnion('entry', [hostPort, nodePort, loadBalancer]),
    tuning: z.enum(tunings).exactOptional().describe('absent in older plans'),
  }),
]);

const target = z.looseObject({
  entry: z.enum(entries),
  from: z.enum(vantages),
  trafficPolicy,
  internalTrafficPolicy: trafficPolicy.exactOptional(),
  sessionAffinity: z.enum(sessionAffinities).exactOptional(),
  announce: z.enum(announcements).exactOptional(),
  controller: z.enum(controllers).exactOptional(),
  exposure: z.enum(exposures).exactOptional(),
  replicas: count.exactOptional(),
  tuning: z.enum(tunings).exactOptional(),
});

const optionValue = {
  switch: z.boolean(),
  text: z.string(),
  texts: z.array(z.string()),
  number: z.union([z.string(), z.number()]),
};

/** Made of the table of options, so it is of their type. */
const providerOptions = z.looseObject(
  Object.fromEntries(
    optionList.filter(({ provider }) => provider).map(({ name, type }) => [propertyOf(name), optionValue[type].exactOptional()]),
  ),
) as unknown as z.ZodType<GivenProviderOptions>;

const link = z.looseObject({
  rateMbit: measure.exactOptional(),
  delayMs: measure.exactOptional(),
  lossPercent: measure.exactOptional(),
});

/** A lab as a plan holds it: its defaults are filled in, so nothing of it is left to be guessed. */
const lab = z.looseObject({
  name: z.string(),
  question: z.string(),
  proxyModes: z.array(z.enum(labModes)),
  reference: z.enum(labModes).exactOptional(),
  provider: providerName.exactOptional(),
  cluster: z.looseObject({
    workers: count,
    kubernetes: z.string().exactOptional(),
    link: link.exactOptional(),
    addressPool: z.string().exactOptional(),
    routerNetwork: z.string().exactOptional(),
    bgpPool: z.string().exactOptional(),
  }),
  workload: z.looseObject({ replicas: count, processes: count.exactOptional() }),
  services: z.array(count).exactOptional(),
  positions: z.array(z.enum(positions)).exactOptional(),
  targets: z.array(target),
  hops: z.boolean().default(false).describe('absent in older plans'),
  series: z.array(z.enum(seriesNames)),
  load: z.looseObject({
    connections: count,
    warmup: measure,
    duration: measure,
    timeout: measure,
    maxRequests: count,
    firstPackets: count,
  }),
  blocks: count,
  equivalence: measure,
  seed: count.exactOptional(),
});

const cluster = z.looseObject({
  id: z.string(),
  provider: providerName,
  workers: count,
  proxyMode: z.enum(proxyModes),
  iptablesBackend: z.enum(iptablesBackends).exactOptional(),
  version: z.string().exactOptional(),
  fillerServices: count.exactOptional(),
  link: link.exactOptional(),
  addressPool: z.string().exactOptional(),
  routerNetwork: z.string().exactOptional(),
  bgpPool: z.string().exactOptional(),
  announcements: z.array(z.enum(announcements)).exactOptional(),
});

const scenario = z.looseObject({
  id: z.string(),
  cluster: z.string(),
  mode: z.enum(labModes),
  topology,
  vantage: z.enum(vantages),
  services: count.exactOptional(),
  position: z.enum(positions).exactOptional(),
});

const family = z.looseObject({
  id: z.string(),
  title: z.string(),
  clusters: z.array(cluster),
  scenarios: z.array(scenario),
  order: z.array(z.array(z.looseObject({ scenario: z.string(), series: z.enum(seriesNames) }))),
});

const skip = z.looseObject({
  what: z.string(),
  reason: z.string(),
  remedy: z.string(),
  mode: z.enum(labModes).exactOptional(),
  target: z.string().exactOptional(),
  series: z.enum(seriesNames).exactOptional(),
  services: count.exactOptional(),
});

/**
 * plan.json: all that is read of it, and what it says more is kept. Reading gives a `Plan` without a cast, so the type promises no more
 * than is checked here.
 */
export const planFile = z.looseObject({
  format: z.literal(2),
  trafficlab: z.string(),
  lab,
  file: z.string().exactOptional(),
  overrides: z.record(z.string(), z.unknown()),
  provider: z.looseObject({ name: providerName, reason: z.string(), options: providerOptions }),
  keep: z.boolean().exactOptional(),
  reuse: z.boolean().exactOptional(),
  seed: count,
  families: z.array(family),
  skips: z.array(skip),
  estimate: z.looseObject({
    seconds: measure,
    memoryMiB: measure.exactOptional(),
    memoryAvailableMiB: measure.exactOptional(),
    pulls: z.array(z.string()),
  }),
});
