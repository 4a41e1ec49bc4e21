/** How a run or a family that was cut short ended. */
export const outcomeWords = { died: 'ended early', failed: 'failed', interrupted: 'was interrupted' } as const;
