import { readFile, statfs } from 'node:fs/promises';
import { UnavailableError } from '../../errors.ts';
import type { Engine } from './engine.ts';

/** One node with kubelet, containerd and a few pods; the control plane takes about twice that (measured on Kubernetes v1.34). */
export const MEMORY_PER_NODE_MIB = 600;
const DISK_PER_NODE_MIB = 1_000;
/** Below these the kubelets of several nodes fail with "too many open files" (kind, known issues). */
const INOTIFY_PER_NODE = { max_user_instances: 32, max_user_watches: 8_192 } as const;

/**
 * Looks at what a number of nodes needs before anything is created; only a local engine's machine can be looked at closely.
 * @throws UnavailableError naming each thing that is short, with its remedy.
 */
export async function preflight(engine: Engine, nodes: number): Promise<void> {
  const short: string[] = [];
  const memoryMiB = engine.local ? await availableMemoryMiB() : engine.memoryMiB;
  if (memoryMiB < nodes * MEMORY_PER_NODE_MIB)
    short.push(
      `memory: ${nodes} nodes need about ${nodes * MEMORY_PER_NODE_MIB} MiB, ${memoryMiB} MiB are available (fewer workers or modes at once)`,
    );
  if (engine.local) {
    const disk = await engineDisk(engine);
    if (disk !== undefined && disk < nodes * DISK_PER_NODE_MIB)
      short.push(
        `disk: ${nodes} nodes need about ${nodes * DISK_PER_NODE_MIB} MiB, ${disk} MiB are free where ${engine.name} keeps its data (${engine.name} system prune)`,
      );
    for (const [name, each] of Object.entries(INOTIFY_PER_NODE)) {
      const limit = Number(await readFile(`/proc/sys/fs/inotify/${name}`, 'utf8').catch(() => Number.POSITIVE_INFINITY));
      if (limit < nodes * each)
        short.push(
          `fs.inotify.${name} is ${limit}, ${nodes} nodes need ${nodes * each} (sysctl -w fs.inotify.${name}=${nodes * each})`,
        );
    }
  }
  if (short.length)
    throw new UnavailableError(`this machine is too small for ${nodes} nodes: ${short.join('; ')}`, {
      remedy: 'free or raise these, or use a provider without an engine: -- --provider netns',
    });
}

export async function availableMemoryMiB(): Promise<number> {
  const [, kib] = /^MemAvailable:\s+(\d+) kB$/m.exec(await readFile('/proc/meminfo', 'utf8').catch(() => '')) ?? [];
  return kib ? Math.floor(Number(kib) / 1024) : Number.POSITIVE_INFINITY;
}

async function engineDisk(engine: Engine): Promise<number | undefined> {
  const format = engine.name === 'podman' ? '{{.Store.GraphRoot}}' : '{{.DockerRootDir}}';
  const root = await engine.run(['info', '--format', format], { timeoutMs: 10_000 }).then(
    ({ stdout }) => stdout.trim(),
    () => '',
  );
  if (!root) return undefined;
  return statfs(root).then(
    ({ bavail, bsize }) => Math.floor((bavail * bsize) / 2 ** 20),
    () => undefined,
  );
}
