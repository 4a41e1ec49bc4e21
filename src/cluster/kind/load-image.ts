import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cleaningUp } from '../../errors.ts';
import type { Engine } from '../engine/engine.ts';
import { loadImages } from '../engine/load-images.ts';
import { privateFolder } from '../engine/private-folder.ts';
import type { KindProgram } from './kind-program.ts';

const LOAD_MS = 300_000;

export interface LoadOptions {
  readonly cluster: string;
  readonly images: readonly string[];
  /** Names of their containers. */
  readonly nodes: readonly string[];
}

/** Brings images that the engine has into nodes of a cluster. */
export async function loadIntoKind(
  engine: Engine,
  kind: KindProgram,
  { cluster, images, nodes }: LoadOptions,
  signal: AbortSignal,
): Promise<void> {
  const place = ['--name', cluster, '--nodes', nodes.join(',')];
  await loadImages(engine, { images, nodes, load: (missing) => load(engine, kind, missing, place, signal) });
}

/**
 * `kind load docker-image` only speaks docker, and fails with Docker's containerd image store (kind#3795), so an archive is the
 * second way and the only one for the other engines.
 */
async function load(
  engine: Engine,
  kind: KindProgram,
  images: readonly string[],
  place: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const limits = { timeoutMs: LOAD_MS, signal };
  if (engine.name === 'docker') {
    const direct = await kind.run(['load', 'docker-image', ...images, ...place], { accept: 'any', ...limits });
    if (direct.exitCode === 0) return;
  }
  const folder = await privateFolder();
  const byArchive = async () => {
    const archive = join(folder, 'image.tar');
    await engine.run(['save', '--output', archive, ...images], limits);
    await kind.run(['load', 'image-archive', archive, ...place], limits);
  };
  await cleaningUp(byArchive, () => rm(folder, { recursive: true, force: true }));
}
