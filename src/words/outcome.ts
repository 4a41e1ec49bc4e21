/** How a run or a family that was cut short ended. */
export const outcomeWords = { died: 'died half-way', failed: 'failed', interrupted: 'was interrupted' } as const;
