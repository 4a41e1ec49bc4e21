import { execFileSync } from 'node:child_process';
import { link, lstat, mkdir, readdir, readFile, readlink, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { TrafficlabError, UnavailableError, UsageError } from '../../src/errors.ts';
import { fileError, unexpectedFileError } from '../../src/files/file-error.ts';
import { readLines, readRegularFile, readTextIfThere } from '../../src/files/read-file.ts';
import { makeFolder, makeFolderIn, writeInto } from '../../src/files/write-file.ts';
import { folderOfTest } from '../support/folder.ts';

let folder: string;
beforeEach(async () => {
  folder = await folderOfTest('files');
});
const at = (...parts: string[]) => join(folder, ...parts);
const errorOf = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: Error) => error,
  );

describe('only regular files are read, with a bound', () => {
  it.each(['fifo', 'folder', 'device', 'link to a device', 'socket'])('cases 10: a %s is refused at once', async (kind) => {
    const path = at('x');
    const server = createServer();
    if (kind === 'fifo') execFileSync('mkfifo', [path]);
    if (kind === 'folder') await mkdir(path);
    if (kind === 'device' || kind === 'link to a device') await symlink(kind === 'device' ? '/dev/full' : '/dev/zero', path);
    if (kind === 'socket') await new Promise<void>((done) => server.listen(path, done));
    for (const read of [() => readRegularFile(path, 100), () => readTextIfThere(path, 100), () => lines(path, 100, 100)]) {
      const error = await errorOf(read());
      expect(error).toBeInstanceOf(UsageError);
      expect(error!.message).toMatch(/is a (FIFO|folder|device|socket), not a regular file/);
    }
    server.close();
  });

  it('cases 10: a sparse file and one past the bound are refused, and one at the bound is read', async () => {
    await writeFile(at('sparse'), '');
    await truncate(at('sparse'), 2 ** 42);
    await expect(readRegularFile(at('sparse'), 1024)).rejects.toThrow(/larger than 1 KiB/);
    await expect(lines(at('sparse'), 1024 * 1024, 10)).rejects.toThrow(/larger than 1 MiB/);
    await writeFile(at('full'), 'x'.repeat(200_000));
    await expect(readRegularFile(at('full'), 199_999)).rejects.toThrow(UsageError);
    expect(await readRegularFile(at('full'), 200_000)).toHaveLength(200_000);
  });

  it('cases 10: a file of procfs, which has no size, is read to its bound', async () => {
    expect(String(await readRegularFile('/proc/self/status', 100_000))).toContain('Pid:');
    await expect(readRegularFile('/proc/self/status', 10)).rejects.toThrow(/larger than/);
  });

  it('lines keep their numbers past empty ones, over chunks, without a last line end', async () => {
    const text = ['a', '', 'b'.repeat(70_000), 'é'.repeat(50_000), '', 'end'].join('\n');
    await writeFile(at('x'), text);
    expect(await lines(at('x'), 10 ** 6, 200_000)).toEqual(
      text.split('\n').flatMap((line, index) => (line === '' ? [] : [{ number: index + 1, text: line }])),
    );
    await expect(lines(at('x'), 10 ** 6, 69_999)).rejects.toThrow(/line 3 of .* is longer than 69,999 bytes/);
  });

  it('a link to a regular file is read; what is not there is undefined', async () => {
    await writeFile(at('file'), 'text');
    await symlink('file', at('link'));
    expect(await readTextIfThere(at('link'), 10)).toBe('text');
    expect(await readTextIfThere(at('none'), 10)).toBeUndefined();
  });
});

async function lines(path: string, most: number, mostPerLine: number) {
  const found = [];
  for await (const line of readLines(path, most, mostPerLine)) found.push(line);
  return found;
}

describe('nothing is written through a link', () => {
  it('cases 10: a link of the file’s name is replaced, and what it leads to stays', async () => {
    await writeFile(at('victim'), 'mine');
    await mkdir(at('run'));
    await symlink(at('victim'), at('run', 'report.html'));
    await symlink(at('nowhere'), at('run', 'report.md'));
    for (const name of ['report.html', 'report.md']) {
      await writeInto(at('run'), name, 'report');
      expect((await lstat(at('run', name))).isFile()).toBe(true);
    }
    expect(await readFile(at('victim'), 'utf8')).toBe('mine');
    expect(await readdir(folder)).toEqual(['run', 'victim']);
  });

  it('cases 10: another name of the file (a hard link) stays as it was', async () => {
    await writeFile(at('victim'), 'mine');
    await link(at('victim'), at('report.md'));
    await writeInto(folder, 'report.md', 'report');
    expect([await readFile(at('victim'), 'utf8'), await readFile(at('report.md'), 'utf8')]).toEqual(['mine', 'report']);
  });

  it.each(['hgrm', 'a/b'])('cases 10: a folder on the way (%s) that is a link is refused', async (inner) => {
    await mkdir(at('elsewhere'));
    await mkdir(at('run', 'a'), { recursive: true });
    await symlink(at('elsewhere'), at('run', inner));
    const error = await errorOf(writeInto(at('run'), `${inner}/001.hgrm`, 'x'));
    expect(error).toBeInstanceOf(UsageError);
    expect(error!.message).toContain(`${at('run', inner)} is a link or not a folder`);
    await expect(makeFolderIn(at('run'), inner)).rejects.toThrow(/is a link or not a folder/);
    expect(await readdir(at('elsewhere'))).toEqual([]);
  });

  it('cases 10: a folder, a FIFO or a file in the place of a folder is not replaced', async () => {
    await mkdir(at('report.md'));
    execFileSync('mkfifo', [at('fifo')]);
    await writeFile(at('hgrm'), 'a file');
    for (const name of ['report.md', 'fifo', 'hgrm/1.hgrm']) {
      await expect(writeInto(folder, name, 'x')).rejects.toThrow(UsageError);
      expect((await readdir(folder)).sort()).toEqual(['fifo', 'hgrm', 'report.md']);
    }
  });

  it.each(['../x', 'a/../../x', '/x', 'a//x', '.'])('cases 10: %j is not a valid file name in a folder', async (name) => {
    await expect(writeInto(at('run'), name, 'x')).rejects.toThrow(/is not a valid file name/);
    expect(await readdir(folder)).toEqual([]);
  });

  it('the folder that the user named may be a link', async () => {
    await mkdir(at('real'));
    await symlink('real', at('named'));
    await writeInto(at('named'), 'hgrm/1.hgrm', 'x');
    expect([await readlink(at('named')), await readdir(at('real', 'hgrm'))]).toEqual(['real', ['1.hgrm']]);
  });
});

describe('folders', () => {
  it('are made with those above them, and taken where they are there', async () => {
    for (const _again of [1, 2]) await makeFolder(at('a', 'b', 'c'));
    expect(await readdir(at('a', 'b'))).toEqual(['c']);
    await Promise.all(Array.from({ length: 20 }, () => makeFolder(at('x', 'y', 'z'))));
  });

  it.each(['/proc/x', '/proc/x/y/z', '/proc/self/x', '/sys/x/y', '/dev/null/x', '/dev/full/x/y'])(
    'cases 10: %s cannot be made, which takes no time',
    async (path) => {
      const started = performance.now();
      const error = fileError(await errorOf(makeFolder(path)), 'x cannot be made');
      expect(error).toBeInstanceOf(TrafficlabError);
      expect(performance.now() - started).toBeLessThan(1000);
    },
  );

  it('cases 10: a link that leads nowhere, one to itself, a file on the way, a name that is too long', async () => {
    await symlink('nowhere', at('dangling'));
    await symlink('loop', at('loop'));
    await writeFile(at('file'), '');
    for (const path of ['dangling/x', 'dangling', 'loop/x', 'file/x', 'file', 'n'.repeat(300), `${'d/'.repeat(3000)}x`, 'a\0b']) {
      const error = fileError(await errorOf(makeFolder(at(path))), 'x cannot be made');
      expect(error).toBeInstanceOf(UsageError);
      expect((error as UsageError).remedy).toMatch(/\w/);
    }
    await rm(at('loop'));
  });
});

describe('an error of the system is one for people', () => {
  const refused = (code: string, more: object = {}) =>
    Object.assign(new Error(`${code}: words, open 'x'`), { code, syscall: 'open', ...more });

  it.each([
    ['EACCES', UnavailableError],
    ['EPERM', UnavailableError],
    ['EROFS', UnavailableError],
    ['ENOSPC', UnavailableError],
    ['EDQUOT', UnavailableError],
    ['EMFILE', UnavailableError],
    ['ENFILE', UnavailableError],
    ['EIO', UnavailableError],
    ['EFBIG', UnavailableError],
    ['EXYZ', UnavailableError],
    ['ENOTDIR', UsageError],
    ['ENAMETOOLONG', UsageError],
    ['ELOOP', UsageError],
    ['EEXIST', UsageError],
    ['EISDIR', UsageError],
    ['ENOENT', UsageError],
  ])('cases 10: %s', (code, kind) => {
    const before = fileError(refused(code), 'the folder x cannot be made');
    expect(before).toBeInstanceOf(kind);
    expect(before).toMatchObject({
      message: expect.stringMatching(/^the folder x cannot be made: ./),
      remedy: expect.stringMatching(/./),
    });
    expect(fileError(refused(code), 'x cannot be written', { begun: true })).toMatchObject({ exitCode: 1 });
    expect(unexpectedFileError(refused(code, { path: '/x' }))).toMatchObject({
      exitCode: 1,
      message: expect.stringMatching(/^open \/x failed: /),
    });
  });

  it('cases 10: no /proc, and a working folder that is gone', () => {
    expect(unexpectedFileError(refused('ENOENT', { path: '/proc/meminfo' }))).toBeInstanceOf(UnavailableError);
    expect(unexpectedFileError(refused('ENOENT', { syscall: 'uv_cwd' }))).toBeInstanceOf(UsageError);
  });

  it('what is none stays what it is', () => {
    const ours = new TypeError('a defect');
    expect([fileError(ours, 'x'), unexpectedFileError(ours)]).toEqual([ours, undefined]);
    const told = new UsageError('told');
    expect(fileError(told, 'x')).toBe(told);
  });
});
