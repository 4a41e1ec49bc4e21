import { z } from 'zod';

const text = z.string();

/** What a proof could not look at on a node, and why: neither proven nor refuted. A sentence is made of it in src/words/unobserved.ts. */
export const unobserved = z
  .discriminatedUnion('code', [
    /** No command runs on the node. */
    z.object({ code: z.literal('closed-node'), node: text, because: z.enum(['cluster-scope-not-allowed']) }),
    /** kube-proxy was not asked. @field right that it takes, in kube-system. */
    z.object({ code: z.literal('kube-proxy-not-asked'), node: text, right: text }),
    z.object({ code: z.literal('kube-proxy-silent'), node: text, pod: text }),
    z.object({ code: z.literal('kube-proxy-absent'), node: text }),
    /** A sentence of a run in format 1. */
    z.object({ code: z.literal('stated'), text }),
  ])
  .meta({ id: 'unobserved' });

export type Unobserved = z.infer<typeof unobserved>;
/** Why no command runs on a node. */
export type ClosedBecause = Extract<Unobserved, { code: 'closed-node' }>['because'];
