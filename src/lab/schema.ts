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
  entry: z
    .enum(entries)
    .describe(
      'how traffic enters: straight to a pod, through a Service of a type, at a hostPort, or through an ingress controller',
    ),
  from: z.enum(vantages).default('pod').describe('where the client stands: in a pod, or on a machine outside the cluster'),
  trafficPolicy: z
    .enum(trafficPolicies)
    .default('cluster')
    .describe('externalTrafficPolicy of the Service; only where one of type NodePort or LoadBalancer is entered'),
  internalTrafficPolicy: z
    .enum(trafficPolicies)
    .optional()
    .describe(
      "internalTrafficPolicy of the Service, cluster-ip only: local leads to pods of the client's own node; absent: cluster",
    ),
  sessionAffinity: z
    .enum(sessionAffinities)
    .optional()
    .describe('sessionAffinity of the Service: client-ip leads a client to one pod again and again; absent: none'),
  announce: z
    .enum(announcements)
    .optional()
    .describe(
      "how the LoadBalancer's address is made known: ARP on the nodes' segment (l2), BGP to a top-of-rack router, or not at all: k3s' servicelb gives it the nodes' own (servicelb)",
    ),
  controller: z.enum(controllers).optional().describe('the ingress controller; entry ingress only'),
  exposure: z.enum(exposures).optional().describe('how the pods of the ingress controller are reached; entry ingress only'),
  replicas: z
    .number()
    .int()
    .min(1)
    .max(50)
    .optional()
    .describe('so many pods of the ingress controller; absent: a DaemonSet, one on every worker'),
  tuning: z
    .enum(tunings)
    .optional()
    .describe(
      "how the controller's proxies are set: alike in workers, upstream keep-alive, logging, buffering and time-outs (fair), or each as its program ships (defaults); entry ingress only; absent: fair",
    ),
});

export const labSchema = z
  .strictObject({
    question: z.string().min(1).max(1000).describe('the question that the lab answers, one sentence'),
    proxyModes: z.array(z.enum(labModes)).min(1).max(labModes.length).describe('the kube-proxy modes to compare'),
    reference: z
      .enum(labModes)
      .optional()
      .describe('the mode that every other is compared with; it is added to proxyModes where it is not in it'),
    provider: z
      .string()
      .regex(PROVIDER_NAME)
      .optional()
      .meta({
        description: 'the only provider to run on; absent: the first provider that can run the lab',
        examples: ['kind'],
      }),
    cluster: z
      .strictObject({
        workers: z.number().int().min(1).max(200).default(2).describe('worker nodes beside the control plane'),
        kubernetes: z
          .string()
          .regex(/^v?\d+\.\d+(\.\d+)?$/)
          .optional()
          .meta({
            description: "Kubernetes version, in quotes; absent: the provider's default",
            examples: ['1.34', 'v1.34.2'],
          }),
        link: z
          .strictObject({
            rateMbit: z.number().positive().max(100_000).optional().describe("rate of each node's link, megabit per second"),
            delayMs: z.number().positive().max(10_000).optional().describe("delay of each node's link, one way"),
            lossPercent: z.number().positive().max(100).optional().describe("loss on each node's link"),
          })
          .optional()
          .describe("shape of the nodes' links, where the provider can shape them"),
        addressPool: z
          .string()
          .regex(/^\d+\.\d+\.\d+\.\d+\/\d+$/)
          .optional()
          .meta({
            description: "addresses for LoadBalancers announced by l2; absent: a free slice of the cluster's own network",
            examples: ['172.18.255.0/28'],
          }),
        routerNetwork: network(
          'network between the router and the client behind it, where LoadBalancers are announced by bgp; absent: a free one',
          '192.168.11.0/24',
        ),
        bgpPool: network('addresses for LoadBalancers announced by bgp; absent: a free network', '192.168.10.0/24'),
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
          .describe('how many of them answer; the rest are addresses only. Absent: all'),
      })
      .prefault({})
      .describe('the pods that answer'),
    services: z
      .array(z.number().int().min(1).max(50_000))
      .min(1)
      .max(32)
      .optional()
      .describe("numbers of Services to compare; absent: only the workload's own"),
    positions: z
      .array(z.enum(positions))
      .min(1)
      .max(positions.length)
      .optional()
      .describe('where the target Service stands in the rules as found in the kernel'),
    targets: z.array(target).min(1).max(64).describe('what is measured: an entry, and where the client stands'),
    hops: z
      .boolean()
      .default(false)
      .describe('the targets are hops of one way, in their order: each is compared with the one before, as a waterfall'),
    series: z
      .array(z.enum(seriesNames))
      .min(1)
      .max(seriesNames.length)
      .default(['keep-alive', 'new-connection'])
      .describe('what is timed: requests over kept connections, requests over a new one each, or SYN to SYN-ACK by the kernel'),
    load: z
      .strictObject({
        connections: z.number().int().min(1).max(1000).default(1).describe('connections of the generator, closed loop'),
        warmup: z.number().min(0).max(60).default(0.1).describe('seconds before each window'),
        duration: z.number().min(0.05).max(600).default(0.4).describe('seconds of each window'),
        timeout: z.number().min(0.1).max(60).default(5).describe('seconds after which a request is given up'),
        maxRequests: z
          .number()
          .int()
          .min(100)
          .max(5_000_000)
          .default(200_000)
          .describe('requests after which a window ends, whatever time is left'),
        firstPackets: z
          .number()
          .int()
          .min(10)
          .max(2000)
          .default(100)
          .describe('connections per window of the first-packet series'),
      })
      .prefault({})
      .describe('what the generator sends'),
    blocks: z.number().int().min(1).max(1000).default(8).describe('passes over all cells in random order; no verdict below 6'),
    equivalence: z.number().positive().max(50).default(5).describe('percent within which two scenarios count as equivalent'),
    seed: z
      .number()
      .int()
      .min(0)
      .max(0xffffffff)
      .optional()
      .describe('of the order of cells; absent: a new one each run, recorded in the plan'),
  })
  .describe('A trafficlab lab');

/** A lab as written, its defaults filled in. Times are seconds. */
export type LabFile = z.infer<typeof labSchema>;
/** A lab with its name, which is its file's. */
export type Lab = LabFile & { readonly name: string };
export type LabMode = (typeof labModes)[number];
export type LabTarget = z.infer<typeof target>;
