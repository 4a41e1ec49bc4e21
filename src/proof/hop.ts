import { z } from 'zod';

/** A kernel object, or a process, that new connections went through, and how many of them. */
export const movedObject = z
  .object({
    kind: z.enum(['rule', 'chain', 'map-element', 'virtual-server', 'real-server', 'process', 'tracked-connections']),
    node: z.string(),
    /** Of iptables or nftables. */
    table: z.string().optional(),
    name: z.string(),
    moved: z.number().int(),
    /** counter: the object's own counter; trace: `nft monitor trace`; connections: the kernel's table of connections, by the client's ports. */
    seenBy: z.enum(['counter', 'trace', 'connections']),
  })
  .meta({ id: 'movedObject' });

/** An endpoint that new connections were led to, and how many of them. */
export const reachedEndpoint = z
  .object({
    pod: z.string(),
    node: z.string(),
    address: z.string(),
    connections: z.number().int(),
  })
  .meta({ id: 'reachedEndpoint' });

const pod = z.object({ pod: z.string(), node: z.string() });
const shares = z.array(z.object({ node: z.string(), connections: z.number().int() })).readonly();

/** What led connections on at a node; the objects that they went through are the proof's objects of that node. */
const entered = {
  node: z.string(),
  /** The address for which the node answers ARP. */
  answersArpFor: z.string().exactOptional(),
  /** A pod of servicelb has the port too, and got no connection. */
  passesServicelb: z.literal(true).exactOptional(),
};

/** One hop of a proven path. Names are whole; `src/words/hop.ts` shortens them. */
export const hop = z
  .discriminatedUnion('kind', [
    /** @field node of a client in a pod; absent: it is outside of the cluster. */
    z.object({
      kind: z.literal('client'),
      host: z.string(),
      node: z.string().exactOptional(),
      to: z.array(z.string()).readonly(),
    }),
    z.object({ kind: z.literal('router'), host: z.string() }),
    /** Every node is an entry, and a router spreads connections over them. */
    z.object({ kind: z.literal('entries'), shares, connections: z.number().int() }),
    /** @field datapath whose rules: a mode of kube-proxy, or "hostPort 80". @field led to these endpoints; empty where the kernel does not know. */
    z.object({
      kind: z.literal('kernel'),
      ...entered,
      datapath: z.string(),
      led: z.array(z.object({ pod: z.string(), connections: z.number().int() })).readonly(),
    }),
    /** The kernel redirects to a process, which copies every byte. */
    z.object({ kind: z.literal('userspace-proxy'), ...entered }),
    z.object({ kind: z.literal('servicelb'), node: z.string() }),
    /** Proxies of an ingress controller. */
    z.object({ kind: z.literal('controller'), controller: z.string(), pods: z.array(pod).readonly() }),
    /** No command runs on this node. */
    z.object({ kind: z.literal('closed-node'), node: z.string() }),
    /** @field saw whom the pods saw as their client; `name`: of the proxy or the node. */
    z.object({
      kind: z.literal('pods'),
      pods: z.array(pod).readonly(),
      saw: z
        .array(
          z.object({
            address: z.string(),
            of: z.enum(['client', 'controller', 'node', 'unknown']),
            name: z.string().exactOptional(),
          }),
        )
        .readonly(),
    }),
    /** A sentence of a run in format 1. */
    z.object({
      kind: z.literal('stated'),
      part: z.enum(['client', 'kernel', 'process', 'backend']),
      program: z.string().exactOptional(),
      text: z.string(),
    }),
  ])
  .meta({ id: 'hop' });

/** What became of the client's address on its way to the backend, and of the proxy's connections. */
export const clientAddress = z.object({
  client: z.string(),
  /** Source addresses of the connections as the backends saw them. */
  seen: z.array(z.string()),
  /** Where the backends find the client's address: the source of the connection, X-Forwarded-For, or nowhere. */
  found: z.enum(['source', 'forwarded-for', 'nowhere']),
  /** X-Forwarded-For as it came; absent where no proxy wrote it. */
  forwardedFor: z.array(z.string()).optional(),
  /** Share of requests that came over a connection which had carried another one, 0 to 1; where there is a proxy in between. */
  backendConnectionsReused: z.number().min(0).max(1).optional(),
});

export type MovedObject = z.infer<typeof movedObject>;
export type ReachedEndpoint = z.infer<typeof reachedEndpoint>;
export type Hop = z.infer<typeof hop>;
export type ClientAddress = z.infer<typeof clientAddress>;
