import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { labJsonSchema } from '../../src/lab/problems.ts';

it('is what labs/lab.schema.json publishes (write it anew with: node scripts/json-schemas.mjs)', async () => {
  const published = JSON.parse(await readFile(new URL('../../labs/lab.schema.json', import.meta.url), 'utf8'));
  expect(published).toEqual(JSON.parse(JSON.stringify(labJsonSchema())));
});
