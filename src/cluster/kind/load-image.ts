import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Engine } from '../engine/engine.ts';
import { privateFolder } from '../engine/private-folder.ts';
import type { KindProgram } from './kind-program.ts';

const LOAD_MS = 300_000;

export interface LoadOptions {
  readonly cluster: string;
  readonly images: readonly string[];
  /** Names of their containers. */
  readonly nodes: readonly string[];
}

/** Brings images that the engine has into nodes, those together that no node had before; those that it has not are left for the nodes to pull. */
export async function loadImages(engine: Engine, kind: KindProgram, options: LoadOptions, signal: AbortSignal): Promise<void> {
  const { cluster, images, nodes } = options;
  const [ids, known] = await Promise.all([
    Promise.all(images.map((image) => imageId(engine, image))),
    Promise.all(nodes.map((node) => loadedBefore(engine, node))),
  ]);
  const lines = new Map(images.flatMap((image, index) => (ids[index] ? [[image, `${image} ${ids[index]}`] as const] : [])));
  const missing = [...lines].filter(([, line]) => !known.every((had) => had.includes(line)));
  if (missing.length === 0) return;
  const place = ['--name', cluster, '--nodes', nodes.join(',')];
  await load(
    engine,
    kind,
    missing.map(([image]) => image),
    place,
    signal,
  );
  const noted = `${[...lines.values()].join('\n')}\n`;
  await Promise.all(nodes.map((node) => noteLoaded(engine, node, noted)));
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
  try {
    const archive = join(folder, 'image.tar');
    await engine.run(['save', '--output', archive, ...images], limits);
    await kind.run(['load', 'image-archive', archive, ...place], limits);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What was brought into a node is written down in it, for a cluster that is used again: kind looks too, but only after it saved the images. */
const LOADED = '/kind/trafficlab-images';

const loadedBefore = async (engine: Engine, node: string): Promise<readonly string[]> =>
  (await engine.run(['exec', node, 'cat', LOADED], { accept: 'any', timeoutMs: 10_000 })).stdout.split('\n');

const noteLoaded = (engine: Engine, node: string, lines: string) =>
  engine.run(['exec', '-i', node, 'sh', '-c', 'cat >> "$0"', LOADED], { input: lines, accept: 'any', timeoutMs: 10_000 });

/** The id of an image that the engine has. */
export const imageId = async (engine: Engine, image: string): Promise<string | undefined> =>
  (await engine.run(['image', 'inspect', '--format', '{{.Id}}', image], { accept: 'any', timeoutMs: 10_000 })).stdout.trim() ||
  undefined;

export const hasImage = async (engine: Engine, image: string): Promise<boolean> =>
  (await engine.run(['image', 'inspect', '--format', 'x', image], { accept: 'any', timeoutMs: 10_000 })).exitCode === 0;

/** Whether a registry has the image, asked without pulling it; undefined where the engine cannot ask. */
export async function registryHas(engine: Engine, image: string): Promise<boolean | undefined> {
  const reference = engine.name === 'podman' ? `docker://${image}` : image;
  const answer = await engine.run(['manifest', 'inspect', reference], { accept: 'any', timeoutMs: 8_000 }).catch(() => undefined);
  return answer === undefined ? false : answer.exitCode === 0;
}
