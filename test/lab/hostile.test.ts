import { execFileSync } from 'node:child_process';
import { mkdir, symlink, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LabFileError, UsageError } from '../../src/errors.ts';
import { loadLab, parseLab } from '../../src/lab/read-lab.ts';
import { folderOfTest } from '../support/folder.ts';

const sound = 'question: What?\nproxyModes: [ipvs]\ntargets: [{ entry: cluster-ip }, { entry: pod }]\n';
const OBEYED = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

/** What a text is refused with, in a second. */
function refusal(text: string): string[] {
  const started = performance.now();
  try {
    parseLab(text, 'x.yaml');
  } catch (error) {
    expect(error).toBeInstanceOf(LabFileError);
    expect(performance.now() - started).toBeLessThan(5000);
    const lines = (error as Error).message.split('\n');
    expect(lines.length).toBeLessThanOrEqual(21);
    for (const line of lines) {
      expect(line).not.toMatch(OBEYED);
      expect(line.length).toBeLessThan(700);
    }
    return lines;
  }
  throw new Error('it was taken');
}

describe('cases 10: a lab file that a stranger made', () => {
  it('cases 10: many unknown keys are counted, not listed, in linear time', () => {
    const keys = Array.from({ length: 5000 }, (_, index) => `k${index}: 1\n`).join('');
    const lines = refusal(keys + sound);
    expect(lines[0]).toMatch(/^x\.yaml:1:1: unknown key k0, allowed: /);
    expect(lines.at(-1)).toBe('and 4,980 more');
  });

  it('cases 10: a file of 1 MB is refused before it is parsed', async () => {
    const folder = await folderOfTest('lab');
    const file = join(folder, 'big.yaml');
    await writeFile(file, sound + Array.from({ length: 100_000 }, (_, index) => `key${index}: 1\n`).join(''));
    const started = performance.now();
    await expect(loadLab(file)).rejects.toThrow(/larger than 64 KiB/);
    expect(performance.now() - started).toBeLessThan(1000);
  });

  it('cases 10: 49,999 services are a sentence, beside the other problems', () => {
    const services = Array.from({ length: 12_000 }, (_, index) => index + 1).join(',');
    expect(refusal(`${sound}services: [${services}]\nblocks: 1000\n`)).toEqual([
      'x.yaml:4:11: services has 12,000 entries; the limit is 32',
    ]);
    expect(refusal(`${sound}services: [${Array(12_000).fill('x').join(',')}]\n`)).toHaveLength(1);
  });

  it.each([
    [
      'services and positions',
      'services: [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20]\npositions: [first, last]\nblocks: 1000\n',
    ],
    ['long windows', 'blocks: 1000\nload: { duration: 600 }\n'],
    ['warm-up', 'blocks: 1000\nload: { warmup: 60, duration: 590 }\n'],
  ])('cases 10: the product of the axes is bounded: %s', (_what, more) => {
    const modes = sound.replace('[ipvs]', '[userspace, iptables, ipvs, nftables]');
    expect(refusal(modes + more)).toEqual([expect.stringMatching(/^x\.yaml:\d+:\d+: .*windows.* the limit is/)]);
  });

  it('cases 10: the options of the command line are held to the same product', async () => {
    const { applyOverrides } = await import('../../src/lab/overrides.ts');
    const lab = parseLab(sound, 'x.yaml');
    expect(() => applyOverrides(lab, { blocks: '1000', duration: '600' })).toThrow(/windows take .* hours/);
  });

  it('cases 10: every lab that comes with trafficlab is within the bounds', async () => {
    const { listLabs } = await import('../../src/lab/read-lab.ts');
    expect((await listLabs()).filter((listed) => 'error' in listed)).toEqual([]);
  });

  const bomb = Array.from({ length: 12 }, (_, index) =>
    index === 0
      ? 'a0: &a0 [x,x,x,x,x,x,x,x,x]'
      : `a${index}: &a${index} [${Array(9)
          .fill(`*a${index - 1}`)
          .join(',')}]`,
  ).join('\n');
  it.each([
    ['a bomb of aliases', bomb, /alias/i],
    ['an alias of itself', `${sound}cluster: &c { link: *c }\n`, /unknown key|map|Unresolved|Expected/],
    ['deep lists', '['.repeat(50_000), /nested too deeply|Flow sequence|end with/],
    ['deep maps', `a: ${'{a: '.repeat(20_000)}`, /nested too deeply|Flow map|end with/],
    ['deep blocks', Array.from({ length: 600 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n'), /unknown key|nested/],
    ['a merge key', `${sound}<<: { blocks: 6 }\n`, /unknown key <</],
    ['a tag', `${sound}blocks: !!js/function 'x'\n`, /Unresolved tag/],
    ['not a number', `${sound}blocks: .nan\n`, /blocks is NaN/],
    ['infinity', `${sound}blocks: .inf\n`, /blocks is Infinity/],
    ['less than all', `${sound}equivalence: -.inf\n`, /equivalence is -Infinity/],
    ['a huge number', `${sound}blocks: 1e308\n`, /blocks is 1e\+308/],
    ['more digits than a number', `${sound}seed: ${'9'.repeat(400)}\n`, /seed is/],
    ['a negative number', `${sound}blocks: -1\n`, /blocks is -1, allowed: 1 to 1000/],
    ['__proto__', `${sound}__proto__: { blocks: 6 }\n`, /unknown key __proto__/],
    ['constructor', `${sound}constructor: 1\ncluster: { toString: 1 }\n`, /unknown key constructor/],
    ['a key twice', `${sound}blocks: 6\nblocks: 7\n`, /keys must be unique/],
    ['a key that is a list', `${sound}? [a, b]\n: 1\n`, /unknown key/],
    ['a key that is null', `${sound}? \n: 1\n`, /unknown key/],
    ['two documents', `${sound}---\n${sound}`, /document/i],
    ['NUL', `${sound}blocks: 6\0\n`, /U\+0000/],
    ['ESC', `${sound}# \u001b[2J\n`, /^x\.yaml:4:3: .*U\+001B/],
    ['C1 controls', `${sound}# \u009b2J\n`, /U\+009B/],
    ['a direction override', `${sound}# \u202e\n`, /U\+202E/],
    ['ESC as an escape, in a key', `${sound}"\\e[2J": 1\n`, /unknown key \ufffd\[2J/],
    ['ESC as an escape, in a value', `${sound}provider: "\\e]0;x\\a"\n`, /provider is/],
    ['a long key', `${sound}${'k'.repeat(100_000)}: 1\n`, /at most 1024 chars|unknown key k+\.\.\./],
    ['a long question', sound.replace('What?', 'q'.repeat(100_000)), /question has 100,000 characters; the limit is 1,000/],
    ['a big integer in hexadecimal', `${sound}blocks: 0xffffffffffffffffffff\n`, /blocks is/],
  ])('cases 10: %s', (_what, text, message) => {
    expect(refusal(text).join('\n')).toMatch(message);
  });

  it.each([
    ['a BOM', `\ufeff${sound}`],
    ['CRLF', sound.replaceAll('\n', '\r\n')],
    ['an anchor used once', `${sound}load: &l { duration: 1 }\n`],
    ['text beyond ASCII', sound.replace('What?', '\u4ec0\u4e48 \u{1f600}?')],
  ])('takes %s', (_what, text) => {
    expect(parseLab(text, 'x.yaml')).toMatchObject({ proxyModes: ['ipvs'] });
  });

  it('cases 10: any text at all is a lab or a list of problems', () => {
    const words = fc.constantFrom(
      'question: ',
      'proxyModes',
      '[',
      ']',
      '{',
      '}',
      ': ',
      '- ',
      '\n',
      ' ',
      '&a ',
      '*a',
      '!!x ',
      '"',
      "'",
      '|',
      '#',
      '? ',
      '\t',
      '0',
      'ipvs',
      '\0',
      '\u2028',
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(words, { maxLength: 60 }).map((all) => all.join('')),
    );
    fc.assert(
      fc.property(text, (any) => {
        refusal(`${any}\nzzz: 1`);
      }),
      { numRuns: 500 },
    );
  });

  it.each(['..', '.', '.hidden', 'x'.repeat(251)])(
    'cases 10: the name %j of a file is no name for a folder of results',
    (name) => {
      expect(() => parseLab(sound, `${name}.yaml`)).toThrow(/the name is not usable for its results folder/);
    },
  );

  it('cases 10: ESC and a line end in the name of a file are not shown as they are', () => {
    const error = (() => {
      try {
        parseLab('blocks: x', 'a\u001b[2J\nb\u202e.yaml');
      } catch (reason) {
        return reason as Error;
      }
      throw new Error('it was taken');
    })();
    expect(error.message.split('\n').every((line) => line.startsWith('a\ufffd[2J b\ufffd.yaml:1:'))).toBe(true);
  });

  it('cases 10: only a regular file is read', async () => {
    const folder = await folderOfTest('lab');
    const at = (name: string) => join(folder, `${name}.yaml`);
    await mkdir(at('folder'));
    await symlink('/dev/zero', at('device'));
    await symlink(at('loop'), at('loop'));
    execFileSync('mkfifo', [at('fifo')]);
    await writeFile(at('sparse'), '');
    await truncate(at('sparse'), 2 ** 40);
    const server = createServer().listen(at('socket'));
    await writeFile(at('latin1'), Buffer.from([0x71, 0xe9, 0xff]));
    await writeFile(at('utf16'), Buffer.from(`\ufeff${sound}`, 'utf16le'));
    const told = Object.entries({
      folder: /is a folder/,
      device: /is a device/,
      loop: /link/,
      fifo: /is a FIFO/,
      sparse: /larger than 64 KiB/,
      socket: /is a socket/,
      latin1: /not UTF-8/,
      utf16: /not UTF-8/,
      none: /cannot be read: no such file or folder/,
    });
    for (const [name, message] of told) {
      const error = await loadLab(at(name)).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(UsageError);
      expect((error as Error).message).toMatch(message);
    }
    server.close();
  });
});
