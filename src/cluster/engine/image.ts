import type { Obstacle } from '../contract/obstacle.ts';
import type { Engine } from './engine.ts';

/** The id of an image that the engine has. */
export const imageId = async (engine: Engine, image: string): Promise<string | undefined> =>
  (await engine.run(['image', 'inspect', '--format', '{{.Id}}', image], { accept: 'any', timeoutMs: 10_000 })).stdout.trim() ||
  undefined;

const hasImage = async (engine: Engine, image: string): Promise<boolean> =>
  (await engine.run(['image', 'inspect', '--format', 'x', image], { accept: 'any', timeoutMs: 10_000 })).exitCode === 0;

/** Whether a registry has the image, asked without pulling it; undefined where the engine cannot ask. */
async function registryHas(engine: Engine, image: string): Promise<boolean | undefined> {
  const reference = engine.name === 'podman' ? `docker://${image}` : image;
  const answer = await engine.run(['manifest', 'inspect', reference], { accept: 'any', timeoutMs: 8_000 }).catch(() => undefined);
  return answer === undefined ? false : answer.exitCode === 0;
}

export interface ImageState {
  readonly image: string;
  readonly here: boolean;
  readonly obstacle?: Obstacle;
}

/** Whether the engine has an image or can get it. @param setting names another: "--image node". */
export async function imageState(engine: Engine, setting: string, image: string): Promise<ImageState> {
  if (await hasImage(engine, image)) return { image, here: true };
  if ((await registryHas(engine, image)) !== false) return { image, here: false };
  return { image, here: false, obstacle: { code: 'image-missing', image, engine: engine.name, setting } };
}
