import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { parseLab } from '../../src/lab/read-lab.ts';
import { labSchema } from '../../src/lab/schema.ts';
import { labTemplate } from '../../src/lab/template.ts';

const schema = './labs/lab.schema.json';
const text = labTemplate({ name: 'mine', schema });
const builtIn = readdirSync('labs').filter((file) => file.endsWith('.yaml'));

/** The commented blocks, as they read once the "# " before each of their lines is taken away. */
const blocks = text
  .split('\n\n')
  .filter((block) => block.startsWith('# '))
  .map((block) => block.replace(/^# /gm, ''))
  .filter((block) => /^(?:# .*\n)*\w+:/.test(block));

test('what it writes is a lab that can be read', () => {
  const { name, proxyModes, targets } = parseLab(text, 'mine.yaml');
  expect([name, proxyModes, targets.map(({ entry }) => entry)]).toEqual(['mine', ['nftables'], ['pod', 'cluster-ip']]);
  expect(text.split('\n').filter((line) => line.length > 118)).toEqual([]);
});

test('every key of the format stands in it, in the lab or commented out', () => {
  const keys = new Set([...Object.keys(parse(text)), ...blocks.flatMap((block) => Object.keys(parse(block)))]);
  expect([...keys].sort()).toEqual(Object.keys(labSchema.shape).sort());
});

describe('what is commented out is right once the comment is taken away', () => {
  test.each(blocks.map((block) => [Object.keys(parse(block))[0], block]))('%s', (_key, block) => {
    const lab = { ...parse(text), ...parse(block!) };
    expect(labSchema.safeParse(lab).error).toBeUndefined();
    expect(block).toMatch(/^(?:\w+:\n {2})?# [^\n]{10}/);
  });
});

test.each(builtIn)('begun with %s, it is that very lab', (file) => {
  const base = readFileSync(`labs/${file}`, 'utf8');
  const begun = labTemplate({ name: 'mine', schema, base });
  const { name: _mine, ...lab } = parseLab(begun, 'mine.yaml');
  const { name: _its, ...original } = parseLab(base, file);
  expect(lab).toEqual(original);
  expect(begun.match(/yaml-language-server/g)).toHaveLength(1);
});
