import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Engine } from './engine.ts';
import type { KindProgram } from './kind-program.ts';
import { privateFolder } from './private-folder.ts';

const LOAD_MS = 300_000;

/**
 * Brings an image that the engine has into every node of a cluster; an image that it has not is left for the nodes to pull.
 * `kind load docker-image` only speaks docker, and fails with Docker's containerd image store (kind#3795), so an archive is the
 * second way and the only one for the other engines.
 */
export async function loadImage(
  engine: Engine,
  kind: KindProgram,
  cluster: string,
  image: string,
  signal: AbortSignal,
): Promise<void> {
  if (!(await hasImage(engine, image))) return;
  if (engine.name === 'docker') {
    const direct = await kind.run(['load', 'docker-image', image, '--name', cluster], {
      accept: 'any',
      timeoutMs: LOAD_MS,
      signal,
    });
    if (direct.exitCode === 0) return;
  }
  const folder = await privateFolder();
  try {
    const archive = join(folder, 'image.tar');
    await engine.run(['save', '--output', archive, image], { timeoutMs: LOAD_MS, signal });
    await kind.run(['load', 'image-archive', archive, '--name', cluster], { timeoutMs: LOAD_MS, signal });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export const hasImage = async (engine: Engine, image: string): Promise<boolean> =>
  (await engine.run(['image', 'inspect', '--format', 'x', image], { accept: 'any', timeoutMs: 10_000 })).exitCode === 0;

/** Whether a registry has the image, asked without pulling it; undefined where the engine cannot ask. */
export async function registryHas(engine: Engine, image: string): Promise<boolean | undefined> {
  const reference = engine.name === 'podman' ? `docker://${image}` : image;
  const answer = await engine.run(['manifest', 'inspect', reference], { accept: 'any', timeoutMs: 8_000 }).catch(() => undefined);
  return answer === undefined ? false : answer.exitCode === 0;
}
