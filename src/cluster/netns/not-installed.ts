import type { Obstacle } from '../contract/provider.ts';

/** That programs are not there, and the packages that bring them, which a run fetches by itself. */
export const notInstalled = (programs: readonly string[], packages: readonly string[]): Obstacle => ({
  reason: `not installed: ${programs.join(', ')}`,
  remedy: `sudo apt-get install ${[...new Set(packages)].join(' ')} (\`npm run lab\` fetches it by itself where it can)`,
  fetched: true,
});
