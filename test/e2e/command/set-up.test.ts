import { access, mkdir, readdir, readlink, rm, symlink, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createClone } from '../../support/clone.ts';

test('a fresh clone installs and builds once, then goes on; the next command just answers', async () => {
  await using clone = await createClone();
  const first = await clone.trafficlab(['lab', 'ipvs']);
  expect(first).toMatchObject({ exitCode: 0, stdout: 'answer lab ipvs\n' });
  expect(first.stderr).toMatch(/^trafficlab: installing packages .*\ntrafficlab: building from src .*\n$/);
  expect(await clone.trafficlab(['--help'])).toEqual({ exitCode: 0, stdout: 'answer --help\n', stderr: '' });
  expect(await clone.npmCalls()).toEqual([expect.stringMatching(/^ci /)]);
});

test('commands that start at once install once, build once, and all answer', async () => {
  await using clone = await createClone();
  const endings = await Promise.all(['a', 'b', 'c'].map((name) => clone.trafficlab([name])));
  expect(endings.map(({ exitCode, stdout }) => [exitCode, stdout])).toEqual([
    [0, 'answer a\n'],
    [0, 'answer b\n'],
    [0, 'answer c\n'],
  ]);
  const said = endings.map(({ stderr }) => stderr).join('');
  expect(said.match(/installing/g)).toHaveLength(1);
  expect(said.match(/building/g)).toHaveLength(1);
  expect(await clone.npmCalls()).toHaveLength(1);
});

test('it works from any folder', async () => {
  await using clone = await createClone({ 'src/cli.ts': "console.log('in', process.cwd());\n" });
  await mkdir(join(clone.path, 'elsewhere'));
  const { stdout } = await clone.trafficlab([], { cwd: join(clone.path, 'elsewhere') });
  expect(stdout).toBe(`in ${join(clone.path, 'elsewhere')}\n`);
});

test('what is older than its sources is built again: changed, with an old date, new, deleted', async () => {
  await using clone = await createClone({
    'src/cli.ts': "import { word } from './word.ts';\nconsole.log(word);\n",
    'src/word.ts': "export const word = 'one';\n",
  });
  expect((await clone.trafficlab([])).stdout).toBe('one\n');
  await clone.write('src/word.ts', "export const word = 'two';\n");
  await utimes(join(clone.path, 'src/word.ts'), 0, 0);
  expect((await clone.trafficlab([])).stdout).toBe('two\n');
  await rm(join(clone.path, 'src/word.ts'));
  expect(await clone.trafficlab([])).toMatchObject({ exitCode: 1, stdout: '', stderr: expect.stringContaining('word.ts') });
  await clone.write('src/word.ts', "export const word = 'three';\n");
  expect((await clone.trafficlab([])).stdout).toBe('three\n');
});

test('a build that fails says where, and no older build is run in its place', async () => {
  await using clone = await createClone();
  await clone.trafficlab([]);
  await clone.write('src/cli.ts', 'const = 1;\n');
  const { exitCode, stdout, stderr } = await clone.trafficlab([]);
  expect([exitCode, stdout]).toEqual([1, '']);
  expect(stderr).toContain('src/cli.ts:1:7');
  expect(stderr).toContain('npm run check');
  expect(stderr).not.toContain('    at ');
});

test('a lock file that changed is installed, and packages that npm put there itself are taken as they are', async () => {
  await using clone = await createClone();
  await clone.trafficlab([]);
  await clone.write('package-lock.json', '{"packages":{"node_modules/x":{"version":"1.0.0"}}}\n');
  expect((await clone.trafficlab(['a'])).stdout).toBe('answer a\n');
  expect(await clone.npmCalls()).toHaveLength(2);
  await clone.write('package-lock.json', '{"packages":{"":{"version":"2"},"node_modules/x":{"version":"2.0.0"}}}\n');
  await clone.write('node_modules/.package-lock.json', '{"packages":{"node_modules/x":{"version":"2.0.0"}}}\n');
  expect((await clone.trafficlab(['b'])).stdout).toBe('answer b\n');
  expect(await clone.npmCalls()).toHaveLength(2);
});

test('when npm fails: its words, the remedy, exit code 3; the next command tries again', async () => {
  await using clone = await createClone();
  const { exitCode, stdout, stderr } = await clone.trafficlab([], { env: { FAKE_NPM_FAILS: 'ENOTFOUND' } });
  expect([exitCode, stdout]).toEqual([3, '']);
  expect(stderr).toContain('npm error code ENOTFOUND\n  npm error network request failed\n');
  expect(stderr).toContain('npm install');
  expect(stderr).not.toMatch(/something else|at frame/);
  expect((await clone.trafficlab(['a'])).stdout).toBe('answer a\n');
});

test('what a killed set-up left is no obstacle', async () => {
  await using clone = await createClone();
  const dead = clone.run([process.execPath, '-e', '']);
  await dead;
  await symlink(`${dead.child.pid}-12345`, join(clone.path, '.set-up.lock'));
  await mkdir(join(clone.path, '.dist-12345.tmp'));
  expect(await clone.trafficlab(['a'])).toMatchObject({ exitCode: 0, stdout: 'answer a\n' });
  expect((await readdir(clone.path)).filter((name) => name.startsWith('.set-up') || name.endsWith('.tmp'))).toEqual([]);
});

test('Ctrl-C during set-up ends it: exit code 130 and no lock left', async () => {
  await using clone = await createClone();
  const slowNpm = join(clone.path, 'npm-cli-slow.mjs');
  await clone.write('npm-cli-slow.mjs', 'setInterval(() => {}, 1000);\n');
  const command = clone.trafficlab([], { env: { npm_execpath: slowNpm } });
  await until(() => command.output.stderr.includes('installing'));
  command.child.kill('SIGINT');
  expect(await command).toMatchObject({ exitCode: 130, stdout: '' });
  await expect(readlink(join(clone.path, '.set-up.lock'))).rejects.toThrow('ENOENT');
});

test('a running command keeps the build that it began with', async () => {
  const cli = (word: string) =>
    `console.log('began ${word}');\nprocess.stdin.once('data', async () => console.log((await import('./late.ts')).late));\n`;
  await using clone = await createClone({ 'src/cli.ts': cli('one'), 'src/late.ts': "export const late = 'late one';\n" });
  const running = clone.trafficlab([]);
  await until(() => running.output.stdout.includes('began one'));
  await clone.write('src/cli.ts', "console.log('two');\n");
  await rm(join(clone.path, 'src/late.ts'));
  expect((await clone.trafficlab([])).stdout).toBe('two\n');
  running.child.stdin?.end('go\n');
  expect((await running).stdout).toBe('began one\nlate one\n');
});

test('a command that starts itself again goes on with its own build', async () => {
  const child = "import { spawnSync } from 'node:child_process';\nimport { writeFileSync } from 'node:fs';\n";
  const again = "spawnSync(process.argv[0]!, [process.argv[1]!, 'inner'], { stdio: 'inherit' });\n";
  await using clone = await createClone({
    'src/cli.ts': `${child}console.log('one', process.argv[2]);\nif (process.argv[2] === 'outer') { writeFileSync('src/cli.ts', "console.log('two')"); ${again} }\n`,
  });
  expect((await clone.trafficlab(['outer'])).stdout).toBe('one outer\none inner\n');
  expect((await clone.trafficlab([])).stdout).toBe('two\n');
});

test('a few builds are kept, not all', async () => {
  await using clone = await createClone();
  for (const word of 'abcdefg') {
    await clone.write('src/cli.ts', `console.log('${word}');\n`);
    await clone.trafficlab([]);
  }
  expect((await readdir(clone.path)).filter((name) => name.startsWith('.dist-'))).toHaveLength(5);
});

test('an installed package, without src, runs as it is', async () => {
  await using clone = await createClone();
  await rm(join(clone.path, 'src'), { recursive: true });
  await clone.write('dist/cli.mjs', "console.log('installed');\n");
  expect(await clone.trafficlab([])).toEqual({ exitCode: 0, stdout: 'installed\n', stderr: '' });
  await expect(access(join(clone.path, 'node_modules'))).rejects.toThrow('ENOENT');
});

test.each(['18.20.0', '20.18.3'])('Node.js %s is refused in one line', async (version) => {
  await using clone = await createClone();
  const pretend = `data:text/javascript,Object.defineProperty(process.versions,'node',{value:'${version}'})`;
  const ending = await clone.run([process.execPath, '--import', pretend, 'scripts/trafficlab.mjs']);
  expect(ending).toMatchObject({
    exitCode: 3,
    stdout: '',
    stderr: expect.stringMatching(/^trafficlab needs Node.js 20\.19 or later.*\n$/),
  });
});

test('with-setup.mjs sets up, then runs a program of node_modules/.bin and hands on its exit code', async () => {
  await using clone = await createClone();
  const script = ['scripts/with-setup.mjs', 'biome', '--version'];
  expect(await clone.run([process.execPath, ...script])).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('Version:'),
  });
  expect(await clone.run([process.execPath, 'scripts/with-setup.mjs', 'node', '-e', 'process.exit(7)'])).toMatchObject({
    exitCode: 7,
  });
});

async function until(condition: () => boolean): Promise<void> {
  await expect.poll(condition, { timeout: 30_000, interval: 20 }).toBe(true);
}
