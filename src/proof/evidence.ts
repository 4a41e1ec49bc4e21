import { z } from 'zod';
import { movedObject } from './hop.ts';
import { problem } from './problem.ts';

const text = z.string();
const number = z.number();
const texts = z.array(z.string()).readonly();

/** What a look at a cluster saw, as data; results keep it, and no report shows it. */
export const evidence = z
  .discriminatedUnion('code', [
    /** kube-proxy's own word (`/proxyMode`). */
    z.object({ code: z.literal('kube-proxy-says'), node: text, said: text }),
    z.object({ code: z.literal('mode-found'), node: text, from: text }),
    z.object({ code: z.literal('mode-unknown'), node: text, reason: text }),
    /** So many objects that only this mode makes; 0 of mode none. */
    z.object({ code: z.literal('kernel-objects'), node: text, mode: text, count: number }),
    z.object({ code: z.literal('copying-process'), node: text, pid: number, ports: number }),
    /** So many of the new connections came in at the node by this; those of paths have their objects in the proof itself. */
    z.object({
      code: z.literal('came-in'),
      node: text,
      service: text,
      by: z.enum(['service', 'host-port', 'servicelb']),
      address: text,
      port: number,
      entered: number,
      sent: number,
      objects: z.array(movedObject).readonly().exactOptional(),
      led: z
        .array(z.object({ pod: text, connections: number }))
        .readonly()
        .exactOptional(),
    }),
    /** internalTrafficPolicy Local and no endpoint on the node: what its pods send there is dropped, by design (KEP-2086). */
    z.object({ code: z.literal('dropped'), node: text, service: text }),
    z.object({
      code: z.literal('answered'),
      /** The client's node, and the Service; absent in proofs of paths. */
      node: text.exactOptional(),
      service: text.exactOptional(),
      answers: number,
      sent: number,
      pods: texts,
      saw: texts,
    }),
    z.object({ code: z.literal('answers-arp'), asker: text, node: text, mac: text, address: text }),
    z.object({ code: z.literal('routes'), router: text, address: text, via: texts, sessions: number, hashPolicy: text }),
    z.object({
      code: z.literal('shares'),
      address: text,
      port: number,
      connections: number,
      shares: z.array(z.object({ node: text, connections: number })).readonly(),
    }),
    /** So many requests came to the backend from the controller's pods. */
    z.object({ code: z.literal('carried'), controller: text, requests: number, of: number, pods: texts }),
    /** The proof was made twice, since at first there were these. */
    z.object({ code: z.literal('tried-again'), problems: z.array(problem).readonly() }),
    /** A sentence of a run in format 1. */
    z.object({ code: z.literal('stated'), text }),
  ])
  .meta({ id: 'evidence' });

export type Evidence = z.infer<typeof evidence>;
