import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Obstacle } from '../contract/obstacle.ts';
import type { ProxyMode } from '../contract/provider.ts';
import type { Engine } from './engine.ts';

/** nftables mode needs 5.13 (KEP-3866). */
const NFTABLES_SINCE = [5, 13] as const;

/**
 * What kube-proxy modes the engine's kernel cannot hold. Reads files only, or runs a throw-away container from an image that the
 * engine already has; where nothing can be learnt, the mode counts as possible and the mode's proof decides.
 */
export async function kernelObstacles(
  engine: Engine,
  nodeImage: string | undefined,
): Promise<Partial<Record<ProxyMode, Obstacle>>> {
  const obstacles: Partial<Record<ProxyMode, Obstacle>> = {};
  const [major = 0, minor = 0] = engine.kernel.split('.').map(Number);
  if (major < NFTABLES_SINCE[0] || (major === NFTABLES_SINCE[0] && minor < NFTABLES_SINCE[1]))
    obstacles.nftables = {
      code: 'engine-kernel-too-old',
      mode: 'nftables',
      kernel: engine.kernel,
      since: NFTABLES_SINCE.join('.'),
    };
  if ((await hasIpvs(engine, nodeImage)) === false) obstacles.ipvs = { code: 'engine-without-ipvs', kernel: engine.kernel };
  return obstacles;
}

async function hasIpvs(engine: Engine, nodeImage: string | undefined): Promise<boolean | undefined> {
  if (engine.local) return ipvsIn((path) => readFile(path), engine.kernel);
  if (nodeImage === undefined) return undefined;
  const cat = async (path: string): Promise<Buffer> => {
    const args = ['run', '--rm', '--privileged', '--label', 'dev.trafficlab=probe', '--volume', '/lib/modules:/lib/modules:ro'];
    const { stdout } = await engine.run([...args, '--entrypoint', 'base64', nodeImage, path], { timeoutMs: 10_000 });
    return Buffer.from(stdout, 'base64');
  };
  return ipvsIn(cat, engine.kernel);
}

/** True or false where a file says so: the live table, the kernel's configuration or its modules; undefined where none is readable. */
export async function ipvsIn(read: (path: string) => Promise<Buffer>, kernel: string): Promise<boolean | undefined> {
  const text = (path: string) =>
    read(path).then(
      (bytes) => bytes.toString(),
      () => undefined,
    );
  if ((await text('/proc/net/ip_vs')) !== undefined) return true;
  const modules = await Promise.all(['builtin', 'dep'].map((kind) => text(`/lib/modules/${kernel}/modules.${kind}`)));
  if (modules.some((list) => list?.includes('/ip_vs.ko'))) return true;
  const packed = await read('/proc/config.gz').then(
    (bytes) => promisify(gunzip)(bytes),
    () => undefined,
  );
  const config = packed?.toString() ?? (await text(`/boot/config-${kernel}`));
  if (config === undefined) return modules.some((list) => list !== undefined) ? false : undefined;
  if (/^CONFIG_IP_VS=y$/m.test(config)) return true;
  // A module that the configuration promises may still not be installed; without a list of modules the promise counts.
  return /^CONFIG_IP_VS=m$/m.test(config) && !modules.some((list) => list !== undefined);
}
