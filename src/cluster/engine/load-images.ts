import type { Engine } from './engine.ts';
import { imageId } from './image.ts';

export interface LoadOptions {
  readonly images: readonly string[];
  /** Names of their containers. */
  readonly nodes: readonly string[];
  /** Brings images into all of the nodes. */
  readonly load: (images: readonly string[]) => Promise<void>;
}

/** Brings images that the engine has into nodes, those together that no node had before; those that it has not are left for the nodes to pull. */
export async function loadImages(engine: Engine, { images, nodes, load }: LoadOptions): Promise<void> {
  const [ids, known] = await Promise.all([
    Promise.all(images.map((image) => imageId(engine, image))),
    Promise.all(nodes.map((node) => loadedBefore(engine, node))),
  ]);
  const lines = new Map(images.flatMap((image, index) => (ids[index] ? [[image, `${image} ${ids[index]}`] as const] : [])));
  const missing = [...lines].filter(([, line]) => !known.every((had) => had.includes(line)));
  if (missing.length === 0) return;
  await load(missing.map(([image]) => image));
  const noted = `${[...lines.values()].join('\n')}\n`;
  await Promise.all(nodes.map((node) => noteLoaded(engine, node, noted)));
}

/** What was brought into a node is written down in it, for a cluster that is used again: asking the node itself would mean to save the images first. */
const LOADED = '/etc/trafficlab-images';

const loadedBefore = async (engine: Engine, node: string): Promise<readonly string[]> =>
  (await engine.run(['exec', node, 'cat', LOADED], { accept: 'any', timeoutMs: 10_000 })).stdout.split('\n');

const noteLoaded = (engine: Engine, node: string, lines: string) =>
  engine.run(['exec', '-i', node, 'sh', '-c', 'cat >> "$0"', LOADED], { input: lines, accept: 'any', timeoutMs: 10_000 });
