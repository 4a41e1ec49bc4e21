import { resolve } from 'node:path';

/** The folder of all results: the one named, else TRAFFICLAB_RESULTS, else `results` where the command was started. */
export const resultsDirectory = (asked?: string): string => resolve(asked ?? (process.env.TRAFFICLAB_RESULTS || 'results'));
