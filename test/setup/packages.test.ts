import { access, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test, vi } from 'vitest';
import { InterruptedError, UnavailableError } from '../../src/errors.ts';
import { exec } from '../../src/process/exec.ts';
import { silentProgress } from '../../src/progress/silent-progress.ts';
import type { Machine } from '../../src/setup/machine.ts';
import { ensurePrograms, type SetupContext } from '../../src/setup/packages.ts';
import type { Program } from '../../src/setup/programs.ts';

const hello: Program = { name: 'hello', package: { 'apt-get': 'hello', apk: 'hello' } };
const fakes = (name: string) => fileURLToPath(new URL(`../fakes/${name}`, import.meta.url));

afterEach(() => vi.unstubAllEnvs());

/** A machine of temporary folders; what its package manager was asked is in `log()`. */
async function createMachine(distribution: 'debian' | 'alpine' | 'other', options: Partial<Machine> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'trafficlab-machine-'));
  const bin = join(folder, 'bin');
  await mkdir(bin);
  const machine: Machine = {
    searchPath: [bin],
    toolPath: distribution === 'other' ? [] : [fakes(distribution), ...(distribution === 'debian' ? ['/usr/bin', '/bin'] : [])],
    cacheDirectory: join(folder, 'cache'),
    isRoot: false,
    policyFile: join(folder, 'policy-rc.d'),
    ...options,
  };
  vi.stubEnv('FAKE_LOG', join(folder, 'log'));
  vi.stubEnv('FAKE_BIN', bin);
  vi.stubEnv('FAKE_POLICY', machine.policyFile);
  const ensure = (context: Partial<SetupContext> = {}) =>
    ensurePrograms([hello], { progress: silentProgress, yes: false, machine, ...context });
  const log = async () => (await readFile(join(folder, 'log'), 'utf8').catch(() => '')).split('\n').slice(0, -1);
  return { folder, bin, machine, ensure, log, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}

const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.fail('it succeeded'),
    (error: UnavailableError) => error,
  );
const visible = async (folder: string) => (await readdir(folder).catch(() => [])).filter((name) => !name.startsWith('.'));
const text = `#!/bin/sh\necho here\n`;

test('a program that is on the path is taken as it is', async () => {
  await using machine = await createMachine('debian');
  await writeFile(join(machine.bin, 'hello'), text, { mode: 0o755 });
  const found = await machine.ensure();
  expect(found).toEqual({ paths: { hello: join(machine.bin, 'hello') }, missing: [], env: { PATH: machine.bin } });
  expect(await machine.log()).toEqual([]);
});

test('a file that may not be run, or a folder, is no program', async () => {
  await using machine = await createMachine('other');
  await writeFile(join(machine.bin, 'hello'), text, { mode: 0o644 });
  await expect(machine.ensure()).rejects.toThrow('Missing on this machine: hello');
  await rm(join(machine.bin, 'hello'));
  await mkdir(join(machine.bin, 'hello'));
  await expect(machine.ensure()).rejects.toThrow('Missing on this machine: hello');
});

test('on Debian it is unpacked with what it needs, runs in the environment that is returned, and is there the next time', async () => {
  await using machine = await createMachine('debian');
  const found = await machine.ensure();
  expect(found.paths.hello).toBe(join(machine.machine.cacheDirectory, 'hello/sbin/hello'));
  expect(await exec(['hello'], { env: { ...found.env, PATH: `${found.env.PATH}:/bin` } })).toMatchObject({ stdout: 'unpacked' });
  const asked = await machine.log();
  expect(asked.filter((line) => line.startsWith('dpkg')).sort()).toEqual(['dpkg -x hello.deb', 'dpkg -x libhello.deb']);
  expect(await machine.ensure()).toEqual(found);
  expect(await machine.log()).toEqual(asked);
});

test("apt keeps the machine's proxy, but not the hooks that would change the machine", async () => {
  await using machine = await createMachine('debian');
  await machine.ensure();
  const conf = await readFile(join(machine.folder, 'log.conf'), 'utf8');
  expect(conf).toContain('Acquire::http::Proxy "http://proxy.example:3128";');
  expect(conf).toContain('Dir::Etc::parts "/dev/null";');
  expect(conf).not.toContain('Invoke');
});

test('where the machine has no package lists, they are read into the cache and gone afterwards', async () => {
  await using machine = await createMachine('debian');
  vi.stubEnv('FAKE_APT', 'no-lists');
  await machine.ensure();
  const updates = (await machine.log()).filter((line) => line.endsWith(' update'));
  expect(updates).toEqual([expect.stringContaining(`Dir::State::Lists=${machine.machine.cacheDirectory}/.unpack-`)]);
  expect(await readdir(machine.machine.cacheDirectory)).toEqual(['hello']);
});

test.each([
  ['no-network', 'Could not resolve the archive'],
  ['no-such-package', 'Unable to locate package hello'],
  ['no-download', 'Failed to fetch hello'],
])('apt fails (%s): its words, the command, exit code 3, and nothing left behind', async (fault, words) => {
  await using machine = await createMachine('debian', { toolPath: [fakes('debian')] });
  vi.stubEnv('FAKE_APT', fault);
  const error = await failure(machine.ensure());
  expect(error).toBeInstanceOf(UnavailableError);
  expect(error.message).toMatch(/^Missing on this machine: hello: /);
  expect(error.message).toContain(words);
  expect(error.remedy).toBe('run as root: apt-get update && apt-get install --yes --no-install-recommends hello');
  expect(error.exitCode).toBe(3);
  expect(await readdir(machine.machine.cacheDirectory)).toEqual([]);
});

test('what was unpacked half-way is never used', async () => {
  await using machine = await createMachine('debian', { toolPath: [fakes('debian')] });
  const abandoned = join(machine.machine.cacheDirectory, '.unpack-killed/root/bin');
  await mkdir(abandoned, { recursive: true });
  await writeFile(join(abandoned, 'hello'), text, { mode: 0o755 });
  vi.stubEnv('FAKE_DPKG', 'fails');
  expect((await failure(machine.ensure())).message).toContain('short read');
  expect(await visible(machine.machine.cacheDirectory)).toEqual([]);
  vi.stubEnv('FAKE_DPKG', '');
  expect((await machine.ensure()).missing).toEqual([]);
  expect(await visible(machine.machine.cacheDirectory)).toEqual(['hello']);
});

test('two commands at once both get it', async () => {
  await using machine = await createMachine('debian');
  const [one, other] = await Promise.all([machine.ensure(), machine.ensure()]);
  expect(one).toEqual(other);
  expect(await readdir(machine.machine.cacheDirectory)).toEqual(['hello']);
});

test('a stop is a stop, and no reason to try another way', async () => {
  await using machine = await createMachine('debian', { isRoot: true });
  await expect(machine.ensure({ signal: AbortSignal.abort() })).rejects.toBeInstanceOf(InterruptedError);
  expect((await machine.log()).filter((line) => line.includes('--yes'))).toEqual([]);
});

test('for the cache only: fetched where it can be, and else neither installed nor asked for', async () => {
  await using debian = await createMachine('debian');
  expect((await debian.ensure({ cacheOnly: true })).missing).toEqual([]);
  await using alpine = await createMachine('alpine', { isRoot: true });
  const ask = vi.fn(async () => true);
  const error = await failure(alpine.ensure({ cacheOnly: true, yes: true, ask }));
  expect(error.remedy).toBe('run: apk add hello');
  expect(ask).not.toHaveBeenCalled();
  expect(await alpine.log()).toEqual([]);
});

test.each([
  ['root without a terminal: at once', { isRoot: true }, {}, ['apk add hello']],
  ['a yes at the terminal', { isRoot: true }, { ask: async () => true }, ['apk add hello']],
  ['--yes', { isRoot: false }, { yes: true }, ['sudo apk add hello', 'apk add hello']],
])('on another distribution the package manager is run: %s', async (_who, as, context, asked) => {
  await using machine = await createMachine('alpine', as);
  const found = await machine.ensure(context);
  expect(await exec([found.paths.hello!])).toMatchObject({ stdout: 'installed' });
  expect(await machine.log()).toEqual(asked);
});

test.each([
  ['a no at the terminal', { isRoot: true }, { ask: async () => false }, 'run: apk add hello'],
  ['an ordinary user without a terminal', { isRoot: false }, {}, 'run: sudo apk add hello'],
])('nothing is installed against the will: %s', async (_who, as, context, remedy) => {
  await using machine = await createMachine('alpine', as);
  const error = await failure(machine.ensure(context));
  expect([error.exitCode, error.message, error.remedy]).toEqual([3, 'Missing on this machine: hello', remedy]);
  expect(await machine.log()).toEqual([]);
});

test('the question names what is lacking and the command', async () => {
  await using machine = await createMachine('alpine');
  const ask = vi.fn(async () => false);
  await failure(machine.ensure({ ask }));
  expect(ask).toHaveBeenCalledWith('Missing on this machine: hello. Install with: sudo apk add hello ?');
});

test('a package manager that fails is quoted', async () => {
  await using machine = await createMachine('alpine', { isRoot: true });
  vi.stubEnv('FAKE_APK', 'unable to select packages');
  const error = await failure(machine.ensure());
  expect([error.exitCode, error.remedy]).toEqual([3, 'run: apk add hello']);
  expect(error.message).toContain('unable to select packages');
});

test('without a known package manager the programs are named', async () => {
  await using machine = await createMachine('other', { isRoot: true });
  const error = await failure(machine.ensure({ yes: true }));
  expect([error.exitCode, error.message]).toEqual([3, 'Missing on this machine: hello']);
  expect(error.remedy).toContain('package manager');
});

test('where unpacking fails, Debian installs so that no service starts, and the policy is gone afterwards', async () => {
  await using machine = await createMachine('debian', { isRoot: true });
  vi.stubEnv('FAKE_APT', 'no-download');
  await machine.ensure();
  expect(await machine.log()).toContain('policy says 101');
  await expect(access(machine.machine.policyFile)).rejects.toThrow('ENOENT');
});

test("a policy of the machine's own stays as it is", async () => {
  await using machine = await createMachine('debian', { isRoot: true });
  await writeFile(machine.machine.policyFile, '#!/bin/sh\nexit 104\n', { mode: 0o755 });
  vi.stubEnv('FAKE_APT', 'no-download');
  await machine.ensure();
  expect(await machine.log()).toContain('policy says 104');
  expect(await readFile(machine.machine.policyFile, 'utf8')).toContain('exit 104');
});
