import type { Obstacle } from '../contract/obstacle.ts';

/** That programs are not there, and the packages that bring them, which a run fetches by itself. */
export const notInstalled = (programs: readonly string[], packages: readonly string[]): Obstacle => ({
  code: 'programs-missing',
  programs,
  packages: [...new Set(packages)],
});
