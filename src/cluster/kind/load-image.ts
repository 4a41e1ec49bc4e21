import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Engine } from './engine.ts';
import type { KindProgram } from './kind-program.ts';
import { privateFolder } from './private-folder.ts';

const LOAD_MS = 300_000;

/**
 * Brings images that the engine has into nodes of a cluster, all at once; those that it has not are left for the nodes to pull.
 * `kind load docker-image` only speaks docker, and fails with Docker's containerd image store (kind#3795), so an archive is the
 * second way and the only one for the other engines.
 */
export async function loadImages(
  engine: Engine,
  kind: KindProgram,
  {
    cluster,
    images,
    nodes,
  }: { readonly cluster: string; readonly images: readonly string[]; readonly nodes?: readonly string[] },
  signal: AbortSignal,
): Promise<void> {
  const here = await Promise.all(images.map((image) => hasImage(engine, image)));
  const loaded = images.filter((_, index) => here[index]);
  if (loaded.length === 0) return;
  const place = ['--name', cluster, ...(nodes ? ['--nodes', nodes.join(',')] : [])];
  if (engine.name === 'docker') {
    const direct = await kind.run(['load', 'docker-image', ...loaded, ...place], { accept: 'any', timeoutMs: LOAD_MS, signal });
    if (direct.exitCode === 0) return;
  }
  const folder = await privateFolder();
  try {
    const archive = join(folder, 'image.tar');
    await engine.run(['save', '--output', archive, ...loaded], { timeoutMs: LOAD_MS, signal });
    await kind.run(['load', 'image-archive', archive, ...place], { timeoutMs: LOAD_MS, signal });
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
