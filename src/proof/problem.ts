import { z } from 'zod';
import { kernelObject } from './kernel-object.ts';

const text = z.string();
const number = z.number();
const texts = z.array(z.string()).readonly();
const endpoint = z.object({ pod: text, node: text, address: text, port: number });
/** `service` is "namespace/name". */
const at = { node: text, service: text };

/** What contradicts a proof: where, of which Service, and which object of the kernel. A sentence is made of it in src/words/problem.ts. */
export const problem = z
  .discriminatedUnion('code', [
    // The rules of a Service on a node.
    z.object({ code: z.literal('rules-unreadable'), ...at, command: text, reason: text }),
    /** No rule, map element or virtual server for what clients ask for. @field where the chain, map or table that lacks it. */
    z.object({ code: z.literal('entry-missing'), ...at, where: kernelObject, address: text, port: number }),
    /** What comes in goes to another chain than this Service's and policy's. @field found absent: to none. */
    z.object({
      code: z.literal('wrong-chain'),
      ...at,
      from: kernelObject,
      expected: kernelObject,
      found: kernelObject.exactOptional(),
    }),
    /** `object` does not lead to the endpoint; `object` is the chain or virtual server that should. */
    z.object({ code: z.literal('endpoint-without-rule'), ...at, object: kernelObject, endpoint }),
    /** `object` leads to an address that is no endpoint of the Service. */
    z.object({ code: z.literal('stranger-endpoint'), ...at, object: kernelObject, address: text }),
    /** Traffic policy Local, and `object` leads to a pod on another node. */
    z.object({ code: z.literal('remote-endpoint'), ...at, object: kernelObject, endpoint }),
    /** `object` has a rule that kube-proxy does not make there. */
    z.object({ code: z.literal('stranger-rule'), ...at, object: kernelObject, rule: text }),
    /** Endpoints do not have equal shares, or some connections find none. */
    z.object({ code: z.literal('uneven-spread'), ...at, object: kernelObject }),
    z.object({ code: z.literal('affinity-missing'), ...at, object: kernelObject }),
    z.object({ code: z.literal('affinity-unasked'), ...at, object: kernelObject }),
    /** One client, session affinity, and several endpoints. */
    z.object({ code: z.literal('affinity-broken'), ...at, pods: texts, connections: number }),
    /** One client, no session affinity, and one of several endpoints took all. */
    z.object({ code: z.literal('affinity-seen'), ...at, pod: text, connections: number, of: number }),
    /** `object` did not count what was sent. */
    z.object({ code: z.literal('miscounted'), ...at, object: kernelObject, expected: number, counted: number }),
    z.object({ code: z.literal('counters-reset'), ...at, object: kernelObject }),
    /** Something other than the Service's own objects took connections. */
    z.object({ code: z.literal('diverted'), ...at, by: kernelObject, connections: number }),
    /** The kernel led so many to the endpoint, and another number was answered by it. */
    z.object({ code: z.literal('answers-disagree'), ...at, endpoint: text, counted: number, answered: number }),

    // The way to a node.
    z.object({ code: z.literal('no-arp-answer'), asker: text, address: text, state: text }),
    z.object({ code: z.literal('arp-stranger'), address: text, mac: text }),
    z.object({ code: z.literal('no-router') }),
    z.object({ code: z.literal('session-down'), node: text, router: text, state: text }),
    z.object({ code: z.literal('no-next-hop'), node: text, router: text, address: text }),
    z.object({ code: z.literal('stranger-next-hop'), router: text, address: text, hop: text }),
    /** The router does not choose next hops by flow. */
    z.object({ code: z.literal('hash-policy'), router: text, policy: text }),
    /** A node's share of connections that routers spread. */
    z.object({ code: z.literal('uneven-share'), node: text, counted: number, connections: number, low: number, high: number }),
    z.object({ code: z.literal('connections-unseen'), seen: number, connections: number }),
    /** A node that is no entry of the address. @field leader the node that answers ARP for it; absent where nodes announce it by BGP. */
    z.object({ code: z.literal('came-in-elsewhere'), node: text, connections: number, leader: text.exactOptional() }),
    z.object({ code: z.literal('no-host-port-pod'), node: text.exactOptional() }),
    z.object({ code: z.literal('no-node-address'), address: text }),

    // Answers.
    z.object({
      code: z.literal('no-answer'),
      node: text.exactOptional(),
      service: text.exactOptional(),
      url: text,
      failed: number,
      of: number,
      /** Of answers that are not 200. */
      statuses: z.array(number).readonly(),
      errors: texts,
    }),
    /** An ingress controller answers in the place of a pod. */
    z.object({ code: z.literal('controller-answers'), controller: text, status: z.literal([404, 503]) }),
    z.object({ code: z.literal('carried-by-stranger'), controller: text, address: text }),
    z.object({ code: z.literal('answered-by-stranger'), pods: texts }),
    /** Traffic policy Local, and a pod of another node answered. */
    z.object({ code: z.literal('answered-elsewhere'), node: text.exactOptional(), pod: text, podNode: text }),
    /** Traffic policy Local, and the pod did not see the client. */
    z.object({ code: z.literal('masqueraded'), node: text.exactOptional(), saw: text }),
    z.object({ code: z.literal('no-client'), node: text }),
    z.object({ code: z.literal('no-target'), scenario: text }),

    // The mode of a node.
    z.object({ code: z.literal('other-mode-said'), node: text, said: text, expected: text }),
    z.object({ code: z.literal('kube-proxy-silent'), node: text, exitCode: number }),
    /** The kernel has nothing that only this mode makes. */
    z.object({ code: z.literal('mode-absent'), node: text, mode: text }),
    /** The kernel has what another mode makes. */
    z.object({ code: z.literal('other-mode-present'), node: text, mode: text, count: number }),
    z.object({ code: z.literal('no-copying-process'), node: text, reason: text.exactOptional() }),
    z.object({ code: z.literal('copying-process-deaf'), node: text, pid: number }),

    // What a reader of results finds.
    z.object({ code: z.literal('no-proof') }),
    z.object({ code: z.literal('unexplained') }),
    /** A sentence of a run in format 1. */
    z.object({ code: z.literal('stated'), text }),
  ])
  .meta({ id: 'problem' });

export type Problem = z.infer<typeof problem>;
