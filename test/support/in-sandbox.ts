import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { inspectSandbox } from '../../src/cluster/fabric/inspect.ts';
import { SANDBOX_MARK, sandboxPrefix } from '../../src/cluster/fabric/sandbox.ts';
import { exec } from '../../src/exec.ts';

const vitest = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url));

/** A test file whose tests run in a sandbox: there it is run once more, by a vitest of its own. Skipped where there can be none. */
export async function describeInSandbox(name: string, url: string, tests: () => void): Promise<void> {
  if (existsSync(SANDBOX_MARK)) return void describe(name, tests);
  const obstacle = await inspectSandbox();
  it.skipIf(obstacle !== undefined)(`${name}: passes in a sandbox`, async () => {
    const argv = [...sandboxPrefix({ userNamespace: true }), process.execPath, vitest, 'run', fileURLToPath(url)];
    const { exitCode, stdout, stderr } = await exec(argv, { accept: 'any', env: { NO_COLOR: '1' } });
    expect(exitCode, `${stdout}\n${stderr}`).toBe(0);
  });
}
