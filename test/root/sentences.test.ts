import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { planFile, resultRecord } from '../../src/results/schema.ts';

const root = new URL('../../', import.meta.url);
const sources = readdirSync(new URL('src', root), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => ({ path: `src/${path}`, text: readFileSync(new URL(`src/${path}`, root), 'utf8') }));

/** Fields that held sentences once, and names that such a field would have. */
const OF_SENTENCES = [
  'reason',
  'reasons',
  'failure',
  'failures',
  'evidence',
  'hops',
  'seen',
  'why',
  'sentence',
  'message',
  'remedy',
  'text',
];
/** What an error says that ended a run, what a program of others says, and what older versions stated. */
const STATED = [
  'end.message',
  'stated.text',
  'stated.remedy',
  'rules-unreadable.reason',
  'mode-unknown.reason',
  'no-copying-process.reason',
];

test('results hold facts with codes; the sentences in them are those of errors and of older versions', () => {
  const found = new Set<string>();
  for (const schema of [planFile, resultRecord]) {
    const { $defs = {}, ...whole } = z.toJSONSchema(schema, { io: 'input', reused: 'inline' });
    for (const [name, part] of Object.entries({ ...$defs, '': whole })) sentencesOf(part, name, found);
  }
  expect([...found].filter((one) => !STATED.includes(one))).toEqual(['clientAddress.seen']); // addresses
});

/** Free strings, and lists of them, under such a name, as "CODE.NAME", or with the name of the schema where it has no code. */
function sentencesOf(schema: unknown, owner: string, found: Set<string>): void {
  if (typeof schema !== 'object' || schema === null) return;
  if (Array.isArray(schema)) {
    for (const one of schema) sentencesOf(one, owner, found);
    return;
  }
  const { properties } = schema as { readonly properties?: Record<string, Schema> };
  const own = properties ? (constantOf(properties) ?? owner) : owner;
  for (const [name, one] of Object.entries(properties ?? {}))
    if (OF_SENTENCES.includes(name) && (isFree(one) || isFree(one.items))) found.add(`${own}.${name}`);
  for (const part of Object.values(schema)) sentencesOf(part, own, found);
}

interface Schema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: unknown;
  readonly items?: Schema;
}

const constantOf = (properties: Record<string, Schema>): string | undefined =>
  [properties.code, properties.kind, properties.type].flatMap((one) => (typeof one?.const === 'string' ? [one.const] : []))[0];

const isFree = (schema: Schema | undefined): boolean =>
  schema?.type === 'string' && schema.const === undefined && schema.enum === undefined;

test('only errors and older versions state a sentence in the place of a fact', () => {
  const states = sources.filter(({ text }) => /code: 'stated',\s+text/.test(text) || /kind: 'stated',\s+text/.test(text));
  expect(states.map(({ path }) => path).sort()).toEqual(['src/cluster/contract/obstacle.ts', 'src/results/format-1.ts']);
});

/** A sentence of ours, by the names that sentences have, whose words are looked at. */
const TESTED = [
  /\b(?:message|reason|remedy|sentences?|failures?)\b(?:\[\d+\])?[?!]?\.(?:startsWith|endsWith|includes|match|search|indexOf)\(/,
  /\.(?:test|exec)\((?:\w+[?!]?\.)*(?:message|reason|remedy|sentence)\b/,
  /\b(?:message|reason|remedy|sentence)\b [!=]==? ['"`][^'"`]* /,
  // What `src/words` made.
  /\b\w+(?:Text|Words|Line|Lines|Sentences?)\([^;\n]*\)[?!]?\.(?:startsWith|endsWith|includes|match|search|indexOf)\(/,
  /\.(?:test|exec)\(\w+(?:Text|Words|Line)\(/,
];

test('no code reads a sentence back', () => {
  const tested = sources
    .filter(({ path }) => !path.startsWith('src/words/'))
    .flatMap(({ path, text }) =>
      text
        .split('\n')
        .flatMap((line, index) => (TESTED.some((one) => one.test(line)) ? [`${path}:${index + 1}: ${line.trim()}`] : [])),
    );
  expect(tested).toEqual([]);
});
