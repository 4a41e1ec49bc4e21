// node scripts/ingress-conformance.mjs [--write]: sends the requests of test/ingress/requests.ts to real nginx, haproxy and traefik; without
// --write it says what comes out otherwise than documented, with it the table in docs/ingress-controllers.md is made of what came out.
// traefik is named in TRAFFICLAB_TRAEFIK where it is not found by itself; the page is written only where all three ran.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const vitest = join(root, 'node_modules/.bin/vitest');
const env = process.argv.includes('--write') ? { ...process.env, TRAFFICLAB_WRITE_REQUESTS: '1' } : process.env;
const child = spawn(vitest, ['run', '--project', 'unit', 'test/ingress/requests.test.ts'], { cwd: root, env, stdio: 'inherit' });
child.once('close', (code) => {
  process.exitCode = code ?? 1;
});
