import { spawnSync } from 'node:child_process';
import { cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { fakeMachine } from '../../cli/fake-machine.ts';

const script = fileURLToPath(new URL('../../../scripts/trafficlab.mjs', import.meta.url));
const stored = fileURLToPath(new URL('../../fixtures/runs/ipvs/20261123T100000000Z-netns-22222222', import.meta.url));

/** A command line of a shell, in which "$@" is trafficlab; what it ends in. */
function shell(text: string, cwd: string) {
  const { status, stdout, stderr } = spawnSync('sh', ['-c', text, 'sh', process.execPath, script], {
    cwd,
    encoding: 'utf8',
    timeout: 50_000,
    env: Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_|^TRAFFICLAB_|^VITEST/i.test(name))),
  });
  return { status, stdout, stderr, told: stderr.split('\n').filter((line) => line.startsWith('trafficlab: ')) };
}
const canMount = spawnSync('unshare', ['-m', 'true']).status === 0;

describe('every option of every command refuses an option as its value', async () => {
  await using fake = await fakeMachine();
  const overview = (await fake.trafficlab(['--help'])).stdout;
  const commands = [...overview.slice(overview.indexOf('Commands:')).matchAll(/^ {2}([a-z]+)\b/gm)].map(([, name]) => name!);
  const helps = await Promise.all(
    commands
      .filter((name) => name !== 'help')
      .map(async (name) => [name, (await fake.trafficlab([name, '--help'])).stdout] as const),
  );
  const rows = helps.flatMap(([command, help]) =>
    [...help.matchAll(/^ +(--[a-z0-9-]+) <[^>]+>/gm)].map(([, option]) => [command, option!] as const),
  );

  it('has options to look at', () => {
    expect(rows.length).toBeGreaterThan(30);
    expect(rows).toContainEqual(['lab', '--context']);
  });

  it('cases 10: none of them does anything', { timeout: 60_000 }, async () => {
    await using own = await fakeMachine();
    const before = await readdir(own.path, { recursive: true });
    for (const [command, option] of [...rows, ['run', '--family'] as const, ['run', '--began'] as const]) {
      const place = command === 'doctor' ? [] : ['smoke'];
      const ending = await own.trafficlab([command, ...place, option, '--dry-run']);
      expect(ending, `${command} ${option}`).toMatchObject({ exitCode: 2, stdout: '' });
      expect(ending.stderr).toMatch(new RegExp(`^trafficlab: ${option} needs a value, but .*\\n$`));
    }
    expect(await readdir(own.path, { recursive: true })).toEqual(before);
    expect(await own.calls()).toEqual([]);
  });

  it.each([['--context=--dry-run'], ['--image', 'node=--dry-run'], ['--image=node=--keep']])(
    'cases 10: %s %s',
    async (...words) => {
      await using own = await fakeMachine();
      const { exitCode, stderr } = await own.trafficlab(['lab', 'smoke', '--provider', 'netns', ...words]);
      expect([exitCode, stderr]).toEqual([
        2,
        expect.stringMatching(/^trafficlab: --\w+ needs a value, but .* looks like an option/),
      ]);
    },
  );

  it('cases 10: a negative number is a value, and refused for what it is', async () => {
    await using own = await fakeMachine();
    expect((await own.trafficlab(['lab', 'smoke', '--seed', '-5'])).stderr).toContain('--seed -5: seed is -5, allowed: 0 to');
  });

  it('cases 10: -- before the options is what npm wants, and harmless without npm', async () => {
    await using own = await fakeMachine();
    expect((await own.trafficlab(['lab', '--', '--help'])).exitCode).toBe(0);
    expect((await own.trafficlab(['lab', '--', '--no-such'])).exitCode).toBe(2);
  });
});

describe('standard output that cannot be written', () => {
  it.each([
    'lab',
    '--help',
    'lab --help',
    '--version',
    'compare run',
    'compare run --json',
    'report run --format md',
    'new mine',
  ])('cases 10: %s > /dev/full ends with 1 and one line', async (command) => {
    await using fake = await fakeMachine();
    await cp(stored, join(fake.path, 'run'), { recursive: true });
    const { status, stderr } = shell(`"$@" ${command} > /dev/full`, fake.path);
    expect([status, stderr]).toEqual([
      1,
      expect.stringMatching(/^trafficlab: cannot write to standard output: no space left on the device\..*\n$/),
    ]);
  });

  it.each(['lab', 'compare run --json --force', '--help'])('cases 10: %s | true ends as always', async (command) => {
    await using fake = await fakeMachine();
    await cp(stored, join(fake.path, 'run'), { recursive: true });
    expect(shell(`{ "$@" ${command}; echo "ended with $?" >&2; } | true`, fake.path).stderr).toBe('ended with 0\n');
  });

  it('cases 10: a file gets the whole text', async () => {
    await using fake = await fakeMachine();
    await cp(stored, join(fake.path, 'run'), { recursive: true });
    const { stdout } = shell('"$@" compare run --json', fake.path);
    shell('"$@" compare run --json > out.json', fake.path);
    expect(await readFile(join(fake.path, 'out.json'), 'utf8')).toBe(stdout);
  });
});

describe('places that are no folders', () => {
  it.each([
    ['report run --format md --out /proc/x', 2],
    ['report run --out /proc/x/y.html', 2],
    ['report run --format md --out /dev/null/x', 2],
    ['report run --format md --out dangling/x', 2],
    ['report run --format md --results /etc/passwd --out run/plan.json/', 2],
    [`report run --format md --out ${'x'.repeat(300)}`, 2],
    ['report --results /etc/passwd', 2],
    ['compare ipvs --results /dev/null', 2],
    ['compare /dev/zero', 2],
    ['compare fifo', 2],
  ])('cases 10: %s', async (command, code) => {
    await using fake = await fakeMachine();
    await cp(stored, join(fake.path, 'run'), { recursive: true });
    await symlink('nowhere', join(fake.path, 'dangling'));
    spawnSync('mkfifo', [join(fake.path, 'fifo')]);
    const started = performance.now();
    const { status, stderr, told } = shell(`"$@" ${command}`, fake.path);
    expect([status, told.length]).toEqual([code, 1]);
    expect(stderr).not.toMatch(/internal error|\n {4}at /);
    expect(performance.now() - started).toBeLessThan(20_000);
  });

  it('cases 10: the links of a run’s folder are not written through', async () => {
    await using fake = await fakeMachine();
    const run = join(fake.path, 'run');
    await cp(stored, run, { recursive: true });
    await writeFile(join(fake.path, 'victim'), 'mine');
    await mkdir(join(fake.path, 'elsewhere'));
    for (const name of ['report.html', 'report.md', 'report.csv', 'report.json']) await symlink('../victim', join(run, name));
    await symlink('../elsewhere', join(run, 'hgrm'));
    expect(shell('"$@" report run --format html,md,csv,json', fake.path).status).toBe(0);
    const { status, told } = shell('"$@" report run --format hgrm', fake.path);
    expect([status, told]).toEqual([2, [expect.stringContaining('run/hgrm is a link or not a folder')]]);
    expect(await readFile(join(fake.path, 'victim'), 'utf8')).toBe('mine');
    expect(await readdir(join(fake.path, 'elsewhere'))).toEqual([]);
  });

  it('cases 10: a working folder that is gone', async () => {
    await using fake = await fakeMachine();
    const { status, stderr } = shell('mkdir gone && cd gone && rmdir ../gone && "$@" report', fake.path);
    expect([status, stderr]).toEqual([2, 'trafficlab: the working folder does not exist any more. Change to another folder\n']);
  });

  it('cases 10: few open files', async () => {
    await using fake = await fakeMachine();
    await cp(stored, join(fake.path, 'run'), { recursive: true });
    for (const limit of [25, 30, 35, 40]) {
      const { status, stderr } = shell(`ulimit -n ${limit}; "$@" report run --format all`, fake.path);
      expect([0, 1, 3]).toContain(status);
      if (status !== 0) expect(stderr).toMatch(/^trafficlab: .*(too many open files|cannot load a part of trafficlab)/i);
      expect(stderr).not.toMatch(/internal error|\n {4}at /);
    }
  });

  it.skipIf(!canMount)('cases 10: a disk that is full, and one that is read-only', async () => {
    await using fake = await fakeMachine();
    await cp(stored, join(fake.path, 'run'), { recursive: true });
    await mkdir(join(fake.path, 'disk'));
    const on = (options: string) =>
      shell(
        `unshare -m sh -c 'mount -t tmpfs -o ${options} tmpfs disk && exec "$@"' sh "$@" report run --out disk/x/`,
        fake.path,
      );
    const [full, readOnly] = [on('size=16k'), on('ro,size=1m')];
    expect([full.status, full.told]).toEqual([3, [expect.stringContaining('no space left on the device')]]);
    expect([readOnly.status, readOnly.told]).toEqual([3, [expect.stringContaining('the file system is read-only')]]);
  });
});

it('cases 10: ESC and a line end in a path are shown, not obeyed', async () => {
  await using fake = await fakeMachine();
  const name = 'a\u001b[2J\nb\u202e';
  await writeFile(join(fake.path, `${name}.yaml`), 'blocks: x\n"\\e[31m": 1\n');
  for (const args of [
    ['lab', `./${name}.yaml`],
    ['compare', name],
    ['report', name, '--out', `${name}.md`],
    ['lab', name],
    ['new', name],
  ]) {
    const { exitCode, stderr } = await fake.trafficlab(args);
    expect(exitCode).toBe(2);
    expect(stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    expect(stderr).not.toMatch(/^b/m);
  }
});
