import { z } from 'zod';
import { positions } from '../cluster/contract/deployment.ts';
import { vantages } from '../cluster/contract/host.ts';
import { PROVIDER_NAME } from '../cluster/contract/provider.ts';
import {
  announcements,
  controllers,
  entries,
  exposures,
  sessionAffinities,
  trafficPolicies,
  tunings,
} from '../cluster/contract/topology.ts';
import { seriesNames } from './series.ts';

/**
 * The format of labs/*.yaml. Unknown keys are refused everywhere; every default stands here, and
 * `labs/lab.schema.json` is made from it so that editors complete lab files.
 */

/** Lab modes; iptables may name its backend, because legacy and nf_tables differ by more than most modes do. */
export const labModes = ['userspace', 'iptables', 'iptables-legacy', 'iptables-nft', 'ipvs', 'nftables'] as const;

const network = (description: string, example: string) =>
  z
    .string()
    .regex(/^\d+\.\d+\.\d+\.\d+\/\d+$/)
    .optional()
    .meta({ description, examples: [example] });

const target = z.strictObject({
  entry: z.enum(entries).describe('how traffic enters: pod IP, a type of Service, hostPort, or an ingress controller'),
  from: z.enum(vantages).default('pod').describe('vantage: the client runs in a pod, or on a machine outside the cluster'),
  trafficPolicy: z
    .enum(trafficPolicies)
    .default('cluster')
    .describe('externalTrafficPolicy of the Service; NodePort and LoadBalancer only'),
  internalTrafficPolicy: z
    .enum(trafficPolicies)
    .optional()
    .describe("internalTrafficPolicy of the Service; cluster-ip only. local: only pods on the client's node. Default: cluster"),
  sessionAffinity: z
    .enum(sessionAffinities)
    .optional()
    .describe('sessionAffinity of the Service. client-ip: each client always reaches the same pod. Default: none'),
  announce: z
    .enum(announcements)
    .optional()
    .describe(
      "how the LoadBalancer's address is announced: l2 (ARP on the nodes' network), bgp (to a top-of-rack router), or servicelb (k3s; uses the nodes' addresses)",
    ),
  controller: z.enum(controllers).optional().describe('the ingress controller; entry ingress only'),
  exposure: z.enum(exposures).optional().describe('how the pods of the ingress controller are reached; entry ingress only'),
  replicas: z
    .number()
    .int()
    .min(1)
    .max(50)
    .optional()
    .describe('number of ingress controller pods; default: a DaemonSet, one on every worker'),
  tuning: z
    .enum(tunings)
    .optional()
    .describe(
      'settings of the ingress controller. fair: equal workers, upstream keep-alive, logging, buffering and time-outs. defaults: as shipped. Entry ingress only; default: fair',
    ),
});

export const labSchema = z
  .strictObject({
    question: z.string().min(1).max(1000).describe('the question that the lab answers, one sentence'),
    proxyModes: z.array(z.enum(labModes)).min(1).max(labModes.length).describe('the kube-proxy modes to compare'),
    reference: z.enum(labModes).optional().describe('the mode that the others are compared with; added to proxyModes if missing'),
    provider: z
      .string()
      .regex(PROVIDER_NAME)
      .optional()
      .meta({ description: 'the only provider to use; default: the first that can run the lab', examples: ['kind'] }),
    cluster: z
      .strictObject({
        workers: z.number().int().min(1).max(200).default(2).describe('worker nodes, in addition to the control plane'),
        kubernetes: z
          .string()
          .regex(/^v?\d+\.\d+(\.\d+)?$/)
          .optional()
          .meta({
            description: "Kubernetes version, in quotes; default: the provider's",
            examples: ['1.34', 'v1.34.2'],
          }),
        link: z
          .strictObject({
            rateMbit: z.number().positive().max(100_000).optional().describe("rate of each node's link in Mbit/s"),
            delayMs: z.number().positive().max(10_000).optional().describe("one-way delay of each node's link in ms"),
            lossPercent: z.number().positive().max(100).optional().describe("packet loss of each node's link in percent"),
          })
          .optional()
          .describe("shaping of the nodes' links, if the provider supports it"),
        addressPool: z
          .string()
          .regex(/^\d+\.\d+\.\d+\.\d+\/\d+$/)
          .optional()
          .meta({
            description: "addresses for l2 LoadBalancers; default: a free part of the cluster's network",
            examples: ['172.18.255.0/28'],
          }),
        routerNetwork: network(
          'network between the router and the client behind it, for bgp LoadBalancers; default: a free one',
          '192.168.11.0/24',
        ),
        bgpPool: network('addresses for bgp LoadBalancers; default: a free network', '192.168.10.0/24'),
      })
      .prefault({})
      .describe('the cluster of each mode'),
    workload: z
      .strictObject({
        replicas: z.number().int().min(1).max(2000).default(4).describe('echo pods, spread over the workers'),
        processes: z
          .number()
          .int()
          .min(1)
          .max(64)
          .optional()
          .describe('number of replicas that answer; the others are only addresses. Default: all'),
      })
      .prefault({})
      .describe('the pods that answer'),
    services: z
      .array(z.number().int().min(1).max(50_000))
      .min(1)
      .max(32)
      .optional()
      .describe('numbers of Services to compare; default: only those of the workload'),
    positions: z
      .array(z.enum(positions))
      .min(1)
      .max(positions.length)
      .optional()
      .describe("position of the target Service in the kernel's rules"),
    targets: z.array(target).min(1).max(64).describe('what to measure: an entry and a vantage'),
    hops: z
      .boolean()
      .default(false)
      .describe('treat the targets as the hops of one path, in order: each is compared with the one before (waterfall)'),
    series: z
      .array(z.enum(seriesNames))
      .min(1)
      .max(seriesNames.length)
      .default(['keep-alive', 'new-connection'])
      .describe('what to time: requests on open connections, requests on a new connection each, or SYN to SYN-ACK by the kernel'),
    load: z
      .strictObject({
        connections: z.number().int().min(1).max(1000).default(1).describe('open connections of the generator (closed loop)'),
        warmup: z.number().min(0).max(60).default(0.1).describe('warm-up before each window, in seconds'),
        duration: z.number().min(0.05).max(600).default(0.4).describe('length of each window, in seconds'),
        timeout: z.number().min(0.1).max(60).default(5).describe('request time-out, in seconds'),
        maxRequests: z
          .number()
          .int()
          .min(100)
          .max(5_000_000)
          .default(200_000)
          .describe('a window ends after this many requests, even if time is left'),
        firstPackets: z
          .number()
          .int()
          .min(10)
          .max(2000)
          .default(100)
          .describe('connections per window in the first-packet series'),
      })
      .prefault({})
      .describe('what the generator sends'),
    blocks: z
      .number()
      .int()
      .min(1)
      .max(1000)
      .default(8)
      .describe('passes over all cells, each in a new random order; no verdict below 6'),
    equivalence: z
      .number()
      .positive()
      .max(50)
      .default(5)
      .describe('two scenarios are equivalent if they differ by less than this many percent'),
    seed: z
      .number()
      .int()
      .min(0)
      .max(0xffffffff)
      .optional()
      .describe('seed of the cell order; default: a new one per run, stored in the plan'),
  })
  .describe('A trafficlab lab');

/** A lab as written, its defaults filled in. Times are seconds. */
export type LabFile = z.infer<typeof labSchema>;
/** A lab with its name, which is its file's. */
export type Lab = LabFile & { readonly name: string };
export type LabMode = (typeof labModes)[number];
export type LabTarget = z.infer<typeof target>;
