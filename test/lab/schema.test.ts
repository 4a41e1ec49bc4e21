import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { labJsonSchema } from '../../src/lab/problems.ts';
import { labSchema } from '../../src/lab/schema.ts';

it('is what labs/lab.schema.json publishes (write it anew with: node scripts/json-schemas.mjs)', async () => {
  const published = JSON.parse(await readFile(new URL('../../labs/lab.schema.json', import.meta.url), 'utf8'));
  expect(published).toEqual(JSON.parse(JSON.stringify(labJsonSchema())));
});

it('explains every key: lab files that `new` writes are explained by nothing else', () => {
  const silent: string[] = [];
  const look = (schema: { properties?: object; items?: object; description?: string }, path: string): void => {
    for (const [key, one] of Object.entries(schema.properties ?? {})) {
      if (one.description === undefined) silent.push(`${path}${key}`);
      look(one, `${path}${key}.`);
    }
    if (schema.items) look(schema.items, path);
  };
  look(z.toJSONSchema(labSchema, { io: 'input' }) as object, '');
  expect(silent).toEqual([]);
});
