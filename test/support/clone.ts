import { type SpawnOptions, spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const house = ['scripts', 'package.json', 'package-lock.json', 'tsconfig.json', 'tsdown.config.ts', '.npmrc'];

/** A fresh clone of trafficlab's house with a small command line of its own, and a fake npm that installs by linking. */
export async function createClone(files: Readonly<Record<string, string>> = {}) {
  const path = await realpath(await mkdtemp(join(tmpdir(), 'trafficlab-clone-')));
  const log = join(path, '.fake-npm.log');
  for (const name of house) await cp(join(root, name), join(path, name), { recursive: true });
  const write = async (file: string, text: string) => {
    await mkdir(dirname(join(path, file)), { recursive: true });
    await writeFile(join(path, file), text);
  };
  const sources = {
    'src/cli.ts': "console.log('answer', ...process.argv.slice(2));\n",
    'src/index.ts': 'export const nothing = 0;\n',
    'src/agent/agent.ts': "console.log('agent');\n",
    ...files,
  };
  for (const [file, text] of Object.entries(sources)) await write(file, text);
  const fakeNpm = {
    npm_execpath: join(root, 'test/fakes/npm-cli.mjs'),
    FAKE_NPM_PACKAGES: join(root, 'node_modules'),
    FAKE_NPM_LOG: log,
  };
  const run = (argv: readonly string[], options: SpawnOptions = {}) =>
    start(argv, { cwd: path, ...options, env: { ...plainEnvironment(), ...fakeNpm, ...options.env } });
  return {
    path,
    write,
    run,
    /** Runs the command line as the bin does. */
    trafficlab: (args: readonly string[], options?: SpawnOptions) =>
      run([process.execPath, join(path, 'scripts/trafficlab.mjs'), ...args], options),
    /** What npm was asked to do so far. */
    npmCalls: async () => (await readFile(log, 'utf8').catch(() => '')).split('\n').filter((line) => line !== ''),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true }),
  };
}

/** The environment without what the npm that runs these tests left in it. */
function plainEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_|^TRAFFICLAB_|^INIT_CWD$|^VITEST/i.test(name)));
}

export interface Ending {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start([file, ...args]: readonly string[], options: SpawnOptions) {
  const child = spawn(file!, args, options);
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
    });
  const ending = new Promise<Ending>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode) => resolve({ exitCode, ...output }));
  });
  return Object.assign(ending, { child, output });
}
