import { fileURLToPath } from 'node:url';

/**
 * Where the bundled agent lies on this machine: beside the bundle that this code is part of.
 * Under vitest this code runs from src/, and the bundle lies in dist/.
 */
export function agentFile(): string {
  const here = import.meta.url;
  return fileURLToPath(new URL(here.includes('/src/agent/') ? '../../dist/agent.mjs' : './agent.mjs', here));
}
