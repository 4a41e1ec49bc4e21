import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { agentFile } from '../../../src/agent/agent-file.ts';
import { asYamlText } from '../../../src/cluster/kube/deploy.ts';

test('the agent travels without characters that YAML refuses, and means the same', async () => {
  expect(asYamlText(await readFile(agentFile(), 'utf8'))).not.toMatch(/[\u007f-\u009f\ufffe\uffff]/);
  const odd = `'a\u007fb' + /[\u0080-\u009f]/.source.length`;
  expect(asYamlText(odd)).toBe(String.raw`'a\u007fb' + /[\u0080-\u009f]/.source.length`);
});
