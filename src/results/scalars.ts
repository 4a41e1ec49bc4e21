import { z } from 'zod';
import { PROVIDER_NAME } from '../cluster/contract/provider.ts';

/** A number of things. */
export const count = z.number().int().min(0);
/** A duration, a rate or a latency: more than any that can be, and small enough for sums of them to stay finite. */
export const measure = z.number().min(0).max(1e15);
/** The same between two readings of a counter, which may have begun anew. */
export const difference = z.number().min(-1e15).max(1e15);
/** Of a whole: a core, an event loop. Clocks of two kinds are compared, so it may come out above 1. */
export const share = z.number().min(0).max(1e6);
/** The name of a provider: any, since a registry may have more than this one; it is part of folder names. */
export const providerName = z.string().regex(PROVIDER_NAME);
