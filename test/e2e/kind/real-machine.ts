import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { kindProvider } from '../../../src/cluster/kind/provider.ts';
import { exec } from '../../../src/process/exec.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** Why no lab can run on real kind here; undefined where one can. */
export const obstacle = (await kindProvider({}).inspect()).provider?.code;

export interface Ending {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running extends Promise<Ending> {
  readonly child: ChildProcess;
  readonly output: { stdout: string; stderr: string };
}

/**
 * The built command on the real engine, with a HOME, kubeconfig and results of its own. When disposed of, the kubeconfig files must be
 * byte for byte what they were, and the engine's images and the containers of others too.
 */
export async function realMachine() {
  const path = await realpath(await mkdtemp(join(tmpdir(), 'trafficlab-e2e-')));
  const home = join(path, 'home');
  await mkdir(join(home, '.kube'), { recursive: true });
  const kubeconfigs = [join(home, '.kube', 'config'), join(path, 'kubeconfig')];
  for (const file of kubeconfigs) await writeFile(file, `# the user's own: ${file}\n`);
  const env = { ...process.env, HOME: home, KUBECONFIG: kubeconfigs[1], NO_COLOR: '1' };
  const results = join(path, 'results');
  const before = await inventory();
  return {
    results,
    trafficlab: (args: readonly string[]): Running =>
      start([process.execPath, join(root, 'scripts/trafficlab.mjs'), ...args], path, env),
    [Symbol.asyncDispose]: async () => {
      const after = await Promise.all(kubeconfigs.map((file) => readFile(file, 'utf8')));
      await rm(path, { recursive: true });
      expect(after, "the user's kubeconfig files").toEqual(kubeconfigs.map((file) => `# the user's own: ${file}\n`));
      expect(await inventory(), 'images and containers of others').toEqual(before);
    },
  };
}

/** The one run of a results folder. */
export async function onlyRun(results: string): Promise<string> {
  const runs = (await readdir(results, { recursive: true, withFileTypes: true })).filter(({ name }) => name === 'plan.json');
  expect(runs).toHaveLength(1);
  return runs[0]!.parentPath;
}

/** Containers of one trafficlab process: their names, or those of the clusters that they belong to, end in its id. */
export const containersOf = async (pid: number): Promise<string[]> =>
  (await containers()).filter((name) => name.startsWith('trafficlab-') && new RegExp(`-p${pid}-`).test(name));

async function inventory() {
  const { stdout } = await exec(['docker', 'image', 'ls', '--all', '--quiet', '--no-trunc']);
  const images = [...new Set(stdout.split('\n'))].sort();
  return { images, containers: (await containers()).filter((name) => !name.startsWith('trafficlab-')) };
}

async function containers(): Promise<string[]> {
  const { stdout } = await exec(['docker', 'ps', '--all', '--format', '{{.Names}}']);
  return stdout.split('\n').filter(Boolean).sort();
}

function start([file, ...args]: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Running {
  const child = spawn(file!, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
    });
  const ending = new Promise<Ending>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode) => resolve({ exitCode, ...output }));
  });
  return Object.assign(ending, { child, output });
}
