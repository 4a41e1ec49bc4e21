import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { roleLine } from '../../../src/cluster/contract/right.ts';
import { everyRun, readsMode } from '../../../src/cluster/kubeconfig/rights.ts';
import { obstacleWords } from '../../../src/words/obstacle.ts';

const ROLE = new URL('../../../docs/kubeconfig-role.yaml', import.meta.url);

test('the documented manifest grants what every run needs and the look at the mode, and nothing else', async () => {
  const documents = parseAllDocuments(await readFile(ROLE, 'utf8')).map((document) => document.toJS());
  const rulesOf = (kind: string) => documents.filter((one) => one.kind === kind).flatMap(({ rules }) => rules);
  const { namespace, ...inKubeSystem } = readsMode;
  expect(rulesOf('ClusterRole')).toEqual(everyRun);
  expect(rulesOf('Role')).toEqual([inKubeSystem]);
  expect(documents.find(({ kind }) => kind === 'Role').metadata.namespace).toBe(namespace);
});

test('the lines that are printed are the lines of the manifest', async () => {
  const text = await readFile(ROLE, 'utf8');
  for (const right of [...everyRun, readsMode]) expect(text).toContain(`  ${roleLine(right)}\n`);
});

test('all that is missing is told at once, each with its line, by where it has to be granted', () => {
  const exec = { apiGroups: [''], resources: ['pods/exec'], verbs: ['create'] } as const;
  const { reason, remedy } = obstacleWords({ code: 'rights-missing', context: 'mine', rights: [exec, readsMode] });
  expect(reason).toBe('the user of the context "mine" lacks rights: create pods/exec; get configmaps kube-proxy in kube-system');
  expect(remedy).toContain('its ClusterRole:\n  - { apiGroups: [""], resources: ["pods/exec"], verbs: ["create"] }');
  expect(remedy).toContain(
    'its Role in kube-system:\n  - { apiGroups: [""], resources: ["configmaps"], resourceNames: ["kube-proxy"], verbs: ["get"] }',
  );
});
