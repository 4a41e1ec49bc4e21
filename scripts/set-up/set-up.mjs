import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, isCurrent } from './bundle.mjs';
import { areInstalled, install } from './dependencies.mjs';
import { withLock } from './lock.mjs';
import { root } from './root.mjs';

/**
 * Brings packages and build up to date with package-lock.json and src; does nothing, in a few milliseconds, when they are.
 * @returns {Promise<string>} the URL of the command line's module
 */
export async function setUp() {
  const isInstalledPackage = !existsSync(join(root, 'src'));
  if (isInstalledPackage) return url(join(root, 'dist', 'cli.mjs'));
  const inherited = process.env.TRAFFICLAB_BUILD;
  if (inherited !== undefined && dirname(inherited) === root && existsSync(join(inherited, 'cli.mjs')))
    return url(join(inherited, 'cli.mjs'));
  if (!isReady())
    await withLock(join(root, '.set-up.lock'), async () => {
      if (!areInstalled(root)) await install(root);
      if (!isCurrent(root)) await build(root);
    });
  const directory = realpathSync(join(root, 'dist'));
  return url(join(directory, 'cli.mjs'));
}

const isReady = () => areInstalled(root) && isCurrent(root);
const url = (file) => pathToFileURL(file).href;
