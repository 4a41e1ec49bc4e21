import { UnavailableError } from '../../errors.ts';
import { type ExecOptions, type ExecResult, exec, execLines } from '../../process/exec.ts';

export interface K3dProgram {
  readonly path: string;
  /** As in "v5.9.0". */
  readonly version: string;
  run(args: readonly string[], options?: ExecOptions): Promise<ExecResult>;
  /** What it prints on standard output, which is where its log goes but for warnings and errors. */
  lines(args: readonly string[], options?: ExecOptions): AsyncIterable<string>;
}

/** The first that reads k3d.io/v1alpha5. */
const OLDEST = [5, 5] as const;

/** @throws UnavailableError when there is no k3d at `path`, or one that does not read our configuration. */
export async function findK3d(path = 'k3d'): Promise<K3dProgram> {
  const install = 'install k3d (https://k3d.io/stable/#installation)';
  const run: K3dProgram['run'] = (args, options) => exec([path, ...args], options);
  const { stdout } = await run(['version'], { timeoutMs: 10_000 }).catch((error: Error) => {
    throw new UnavailableError(`cannot run k3d (${error.message.split('\n')[0]})`, {
      remedy: `${install}, or use a provider without it: -- --provider netns`,
    });
  });
  const [, version, major, minor] = /^k3d version (v(\d+)\.(\d+)\S*)/m.exec(stdout) ?? [];
  if (!version)
    throw new UnavailableError(`${path} is not k3d: its version output is "${stdout.split('\n')[0]}"`, {
      remedy: `${install}, or pass its path: --k3d PATH`,
    });
  if (Number(major) < OLDEST[0] || (Number(major) === OLDEST[0] && Number(minor) < OLDEST[1]))
    throw new UnavailableError(`k3d ${version} does not support the configuration k3d.io/v1alpha5`, {
      remedy: `${install} v${OLDEST.join('.')} or newer, or pass the path of another: --k3d PATH`,
    });
  return { path, version, run, lines: (args, options) => execLines([path, ...args], options) };
}
