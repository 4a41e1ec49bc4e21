import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { findProgram } from '../../src/cluster/fabric/find-program.ts';
import { inspectSandbox } from '../../src/cluster/fabric/inspect.ts';
import { SANDBOX_MARK, sandboxPrefix } from '../../src/cluster/fabric/sandbox.ts';
import { userModeLinuxPrefix } from '../../src/cluster/fabric/user-mode-linux.ts';
import { fetchedEnvironment } from '../../src/cluster/netns/prepare.ts';
import { exec } from '../../src/process/exec.ts';

const vitest = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url));

/** A test file whose tests run in a sandbox: there it is run once more, by a vitest of its own. Skipped where there can be none. */
export async function describeInSandbox(name: string, url: string, tests: () => void): Promise<void> {
  if (existsSync(SANDBOX_MARK)) return void describe(name, tests);
  const env = await fetchedEnvironment();
  const possible = (await inspectSandbox(env)) === undefined;
  enclosed(`${name}: passes in a sandbox`, url, possible ? sandboxPrefix({ userNamespace: true, env }) : undefined);
}

/** The same in User-Mode Linux. */
export async function describeInUserModeLinux(name: string, url: string, tests: () => void): Promise<void> {
  if (existsSync(SANDBOX_MARK)) return void describe(name, tests);
  const env = await fetchedEnvironment();
  const program = (await inspectSandbox(env)) === undefined ? await findProgram('linux.uml', env.PATH) : undefined;
  const prefix = program === undefined ? undefined : userModeLinuxPrefix({ program, memoryMiB: 2048 }, { env });
  enclosed(`${name}: passes there`, url, prefix);
}

function enclosed(name: string, url: string, prefix: readonly string[] | undefined): void {
  it.skipIf(prefix === undefined)(name, async () => {
    const argv = [...prefix!, process.execPath, vitest, 'run', fileURLToPath(url)];
    const { exitCode, stdout, stderr } = await exec(argv, { accept: 'any', env: { NO_COLOR: '1' } });
    expect(exitCode, `${stdout}\n${stderr}`).toBe(0);
  });
}
