import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { createClone } from '../../support/clone.ts';

const script = fileURLToPath(new URL('../../../scripts/trafficlab.mjs', import.meta.url));

test.each([
  ['lab ipvs --provider netns', '--provider', 'npm run lab ipvs -- --provider netns'],
  ['lab ipvs --provider=netns --keep', '--provider, --keep', 'npm run lab ipvs -- --provider netns --keep'],
  ['lab x --duration 5 --provider kind', '--provider, --duration', 'npm run lab x -- --provider kind --duration 5'],
  ['lab ./my.yaml --image node=a/b:c', '--image', 'npm run lab ./my.yaml -- --image node=a/b:c'],
  ['lab x --dry-run -- --keep', '--dry-run', 'npm run lab x -- --dry-run --keep'],
  ['lab x --yes --verbose', '--yes, --verbose', 'npm run lab x -- --yes --verbose'],
  ['lab x --no-keep', '--no-keep', 'npm run lab x -- --no-keep'],
  [
    'lab x --provider kubeconfig --context mine',
    '--provider, --context',
    'npm run lab x -- --provider kubeconfig --context mine',
  ],
  ['clean --context mine', '--context', 'npm run clean -- --context mine'],
  ['compare a b --force', '--force', 'npm run compare a b -- --force'],
  [
    'lab x --provider netns --context --dry-run',
    '--provider, --context, --dry-run',
    'npm run lab x -- --provider netns --context VALUE --dry-run',
  ],
  ['lab x --context=--dry-run', '--context', 'npm run lab x -- --context VALUE'],
  ['lab x --image=node=--keep', '--image', 'npm run lab x -- --image VALUE'],
])('npm run %s is refused with the right command', async (args, kept, command) => {
  await using clone = await createClone();
  const { exitCode, stdout, stderr } = await clone.run(['npm', 'run', ...args.split(' ')]);
  expect(exitCode).toBe(2);
  expect(stderr).toContain(`trafficlab: npm kept ${kept} to itself; options of trafficlab come after \`--\`: ${command}\n`);
  expect(stdout).not.toContain('answer');
  expect(await clone.npmCalls()).toEqual([]);
});

test.each([
  ['options after --', ['lab', 'x', '--', '--provider', 'netns', '--dry-run'], 'answer lab x --provider netns --dry-run\n'],
  ["npm's own --silent", ['-s', 'lab', 'x'], 'answer lab x\n'],
])('%s: goes on', async (_what, args, answer) => {
  await using clone = await createClone();
  await clone.trafficlab([]);
  const { exitCode, stdout } = await clone.run(['npm', 'run', ...args]);
  expect([exitCode, stdout.slice(-answer.length)]).toEqual([0, answer]);
});

// Only Linux shows what npm's environment was.
test.skipIf(process.platform !== 'linux')(
  'an option of npm that came with the environment is not one of trafficlab',
  async () => {
    await using clone = await createClone();
    await clone.trafficlab([]);
    const ending = await clone.run(['npm', 'run', 'lab', 'x'], { env: { npm_config_yes: 'true' } });
    expect(ending).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('answer lab x\n') });
  },
);

test('an option of npm that stands in an npmrc is not one of trafficlab', async () => {
  await using clone = await createClone();
  await clone.trafficlab([]);
  await clone.write('.npmrc', 'dry-run=true\nloglevel = "warn"\n');
  expect(await clone.run(['npm', 'run', 'lab', 'x'])).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('answer lab x\n'),
  });
});

test('every option of every command is known to be swallowed', async () => {
  const { stdout: overview } = await trafficlab(['--help']);
  const commands = [...overview.slice(overview.indexOf('Commands:')).matchAll(/^ {2}([a-z]+)\b/gm)].map(([, name]) => name!);
  expect(commands).toContain('lab');
  const helps = await Promise.all(
    [...commands, ''].map(async (name) => (await trafficlab([name, '--help'].filter(Boolean))).stdout),
  );
  const names = new Set(helps.flatMap((help) => [...help.matchAll(/^ +(?:-\w, )?--([a-z0-9-]+)/gm)].map(([, name]) => name!)));
  names.delete('help');
  names.delete('version');
  expect(names).toContain('provider');
  for (const name of names) {
    const env = { npm_lifecycle_event: 'lab', npm_lifecycle_script: 'node scripts/trafficlab.mjs lab', ...asNpmHandsDown(name) };
    expect(await trafficlab(['lab', 'ipvs'], env)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining(`-- --${name}`),
    });
  }
});

const asNpmHandsDown = (name: string): Record<string, string> =>
  name === 'verbose' || name === 'quiet'
    ? { npm_config_loglevel: name === 'quiet' ? 'warn' : 'verbose' }
    : { [`npm_config_${name.replaceAll('-', '_')}`]: 'true' };

function trafficlab(args: readonly string[], env: Record<string, string> = {}) {
  const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('npm_')));
  return new Promise<{ exitCode: unknown; stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, [script, ...args], { env: { ...clean, ...env } }, (error, stdout, stderr) => {
      resolve({ exitCode: error?.code ?? 0, stdout, stderr });
    });
  });
}
