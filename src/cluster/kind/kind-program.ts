import { UnavailableError } from '../../errors.ts';
import { type ExecOptions, type ExecResult, exec } from '../../process/exec.ts';
import type { Engine } from '../engine/engine.ts';

/** The `kind` program, told which engine to use: left alone it would take a Docker client without a server for an engine. */
export interface KindProgram {
  readonly path: string;
  readonly version: string;
  run(args: readonly string[], options?: ExecOptions): Promise<ExecResult>;
}

/** @throws UnavailableError when there is no kind at `path`. */
export async function findKind(engine: Engine, path = 'kind'): Promise<KindProgram> {
  const env = { KIND_EXPERIMENTAL_PROVIDER: engine.name, NO_COLOR: '1' };
  const run: KindProgram['run'] = (args, options) => exec([path, ...args], { ...options, env: { ...options?.env, ...env } });
  const version = await run(['version', '-q'], { timeoutMs: 10_000 }).catch((error: Error) => {
    throw new UnavailableError(`cannot run kind (${error.message.split('\n')[0]})`, {
      remedy:
        'install kind (https://kind.sigs.k8s.io/docs/user/quick-start/#installation), or use a provider without it: -- --provider netns',
    });
  });
  return { path, run, version: version.stdout.trim() };
}
