/** What can be timed: requests over kept connections, over a new one each, or the kernel's answer to a SYN. */
export const seriesNames = ['keep-alive', 'new-connection', 'first-packet'] as const;
export type SeriesName = (typeof seriesNames)[number];
