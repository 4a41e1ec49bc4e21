// Stands in for npm: `ci` puts links to the packages of FAKE_NPM_PACKAGES into node_modules, writes a line to FAKE_NPM_LOG, and fails when FAKE_NPM_FAILS says so.
import { appendFileSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const { FAKE_NPM_PACKAGES: packages, FAKE_NPM_LOG: log, FAKE_NPM_FAILS: failure } = process.env;
appendFileSync(log, `${process.argv.slice(2).join(' ')}\n`);
rmSync('node_modules', { recursive: true, force: true });
mkdirSync('node_modules');
if (failure) {
  process.stderr.write(
    `npm warn something else\nnpm error code ${failure}\nnpm error network request failed\n    at frame (file:1:1)\n`,
  );
  process.exit(1);
}
for (const name of readdirSync(packages))
  if (!name.startsWith('.') || name === '.bin') symlinkSync(join(packages, name), join('node_modules', name));
writeFileSync(join('node_modules', '.package-lock.json'), '{"packages":{}}');
