import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect } from 'vitest';
import { engineServer } from '../fakes/engine-server.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const command = join(root, 'scripts/trafficlab.mjs');

/** What the fakes of test/fakes play; see machine.mjs there. */
export interface Machine {
  /** Programs on PATH beside node. */
  readonly programs?: readonly ('docker' | 'podman' | 'nerdctl' | 'kind' | 'k3d')[];
  /** A Debian machine with these programs and none of the real one's; `archive` says which programs a package holds. */
  readonly debian?: readonly string[];
  readonly archive?: Readonly<Record<string, readonly string[]>>;
  /** Engines whose server answers; default: those on PATH. */
  readonly engines?: readonly string[];
  readonly kernel?: string;
  readonly memoryMiB?: number;
  /** Images that the engine has, and images that only a registry has. */
  readonly images?: readonly string[];
  readonly registry?: readonly string[];
  /** Files that a container sees, by path. */
  readonly files?: Readonly<Record<string, Buffer>>;
  readonly create?: 'succeeds' | 'fails' | 'fails-after-nodes' | 'hangs';
  /** k3d hangs before it has made a node; default: after. */
  readonly hangsBeforeNodes?: boolean;
  /** A command of k3d's that fails, as in "image import". */
  readonly k3dFailsAt?: string;
  /** What k3d says that it is; default: v5.9.0. */
  readonly k3dVersion?: string;
  readonly deleteMs?: number;
  /** Clusters and containers that are there already. */
  readonly clusters?: readonly string[];
  readonly containers?: Readonly<Record<string, readonly string[]>>;
}

export interface Call {
  readonly program: string;
  readonly args: readonly string[];
  readonly input?: string;
}

export interface Ending {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

let build: Promise<string> | undefined;
let server: Promise<number> | undefined;

/**
 * A machine of its own for the built command: PATH holds node and the fakes asked for, HOME and KUBECONFIG are temporary, and when it is
 * disposed of, both of the user's kubeconfig files must be byte for byte what they were.
 */
export async function fakeMachine({
  programs = ['docker', 'kind'],
  debian,
  clusters = [],
  containers = {},
  ...machine
}: Machine = {}) {
  const path = await realpath(await mkdtemp(join(tmpdir(), 'trafficlab-cli-')));
  const [bin, home, state] = ['bin', 'home', 'machine'].map((name) => join(path, name)) as [string, string, string];
  await Promise.all([bin, join(home, '.kube'), join(state, 'clusters'), join(state, 'containers')].map(makeFolder));
  await symlink(process.execPath, join(bin, 'node'));
  for (const name of programs)
    await symlink(join(root, 'test/fakes', name === 'kind' || name === 'k3d' ? name : 'engine-client'), join(bin, name));
  for (const name of debian ?? []) await symlink(join(root, 'test/fakes/debian-program'), join(bin, name));
  const kubeconfigs = [join(home, '.kube', 'config'), join(path, 'kubeconfig')];
  for (const file of kubeconfigs) await writeFile(file, `# the user's own: ${file}\n`);
  const files = Object.fromEntries(Object.entries(machine.files ?? {}).map(([file, bytes]) => [file, bytes.toString('base64')]));
  const engines = machine.engines ?? programs.filter((name) => name !== 'kind' && name !== 'k3d');
  await writeFile(join(state, 'machine.json'), JSON.stringify({ ...machine, engines, files }));
  for (const name of clusters)
    await writeFile(join(state, 'clusters', name), JSON.stringify({ nodes: [`${name}-control-plane`] }));
  for (const [name, labels] of Object.entries(containers))
    await writeFile(join(state, 'containers', name), JSON.stringify({ image: 'x', labels }));
  build ??= built();
  server ??= engineServer();
  const env = {
    PATH: bin,
    HOME: home,
    TMPDIR: path,
    KUBECONFIG: kubeconfigs[1],
    FAKE_MACHINE: state,
    FAKE_ENGINE: String(await server),
    TRAFFICLAB_BUILD: await build,
    ...(debian ? { NODE_OPTIONS: `--import ${pathToFileURL(join(root, 'test/fakes/only-path.mjs'))}` } : {}),
  };
  const results = join(path, 'results');

  return {
    path,
    results,
    /** Runs the command line in an empty folder of its own. */
    trafficlab: (args: readonly string[], more: Readonly<Record<string, string>> = {}) =>
      start([process.execPath, command, ...args], { cwd: path, env: { ...env, ...more } }),
    /** What the fakes were asked so far. */
    calls: async (): Promise<Call[]> => lines(join(state, 'calls.ndjson')),
    /** Names of the clusters, or containers, that are there. */
    clusters: () => readdir(join(state, 'clusters')),
    containers: () => readdir(join(state, 'containers')),
    /** What k3d made: clusters, networks and volumes. */
    ofK3d: async () =>
      (
        await Promise.all(['k3d-clusters', 'networks', 'volumes'].map((name) => readdir(join(state, name)).catch(() => [])))
      ).flat(),
    /** Folders of runs that were begun. */
    runs: async (): Promise<string[]> => {
      const labs = await readdir(results).catch(() => []);
      const found = await Promise.all(
        labs.map(async (lab) => (await readdir(join(results, lab))).map((run) => join(results, lab, run))),
      );
      return found.flat();
    },
    [Symbol.asyncDispose]: async () => {
      const after = await Promise.all(kubeconfigs.map((file) => readFile(file, 'utf8')));
      const leftovers = (await readdir(path)).filter((name) => name.startsWith('trafficlab-'));
      await rm(path, { recursive: true });
      expect(after, "the user's kubeconfig files").toEqual(kubeconfigs.map((file) => `# the user's own: ${file}\n`));
      expect(leftovers, 'temporary folders').toEqual([]);
    },
  };
}

/** The records of a run, as they lie on disk. */
export const recordsOf = (run: string): Promise<{ readonly type: string; readonly [field: string]: unknown }[]> =>
  lines(join(run, 'results.ndjson'));

export interface Running extends Promise<Ending> {
  readonly child: ChildProcess;
  readonly output: { stdout: string; stderr: string };
}

async function lines<T>(file: string): Promise<T[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as T);
}

async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true });
  await chmod(path, 0o755);
}

/** Sets up once; every command of these tests then runs that very build, whatever is edited meanwhile. */
async function built(): Promise<string> {
  const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(npm_|TRAFFICLAB_|VITEST)/i.test(name)));
  const { exitCode, stderr } = await start([process.execPath, command, '--version'], { cwd: root, env: clean });
  if (exitCode !== 0) throw new Error(`trafficlab cannot be built: ${stderr}`);
  return realpath(join(root, 'dist'));
}

function start([file, ...args]: readonly string[], options: { cwd: string; env: Record<string, string | undefined> }): Running {
  // A process group of its own, as a shell gives a command, so that a test can press Ctrl-C.
  const child = spawn(file!, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
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
