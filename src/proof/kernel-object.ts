import { z } from 'zod';

const text = z.string();
const port = z.number();

/** What in a kernel, or beside it, a problem is about. src/words/kernel-object.ts names it. */
export const kernelObject = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('chain'), name: text }),
    /** Of iptables: where a rule leads, a chain or DNAT, ACCEPT and the like. */
    z.object({ kind: z.literal('target'), name: text }),
    /** Of nftables. */
    z.object({ kind: z.literal('map'), name: text }),
    /** One rule; table and chain where its text does not tell them. */
    z.object({ kind: z.literal('rule'), rule: text, table: text.exactOptional(), chain: text.exactOptional() }),
    z.object({ kind: z.literal('no-rule') }),
    z.object({ kind: z.literal('virtual-server'), name: text }),
    z.object({ kind: z.literal('ipvs') }),
    /** Of mode userspace: the rule that redirects a Service's port to kube-proxy. */
    z.object({ kind: z.literal('portal'), of: text }),
    /** Where a way enters: "cluster-ip", "node-port", ... */
    z.object({ kind: z.literal('entry'), entry: text, address: text, port }),
    /** The chains of the endpoints, all together, behind a chain. */
    z.object({ kind: z.literal('endpoint-chains'), behind: text }),
    z.object({ kind: z.literal('service-rules'), address: text, port }),
    z.object({ kind: z.literal('host-port'), port }),
    z.object({ kind: z.literal('servicelb-pod') }),
    /** Rules that connection tracking shows by where they lead. */
    z.object({ kind: z.literal('rules-to'), address: text }),
    z.object({ kind: z.literal('other-rules') }),
  ])
  .meta({ id: 'kernelObject' });

export type KernelObject = z.infer<typeof kernelObject>;

export const chainNamed = (name: string): KernelObject => ({ kind: 'chain', name });
