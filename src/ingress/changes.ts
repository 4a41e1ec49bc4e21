import type { IngressModel, PathRule } from './model.ts';

/** What differs between two models, a sentence each, for the log; empty where nothing does. */
export function changesBetween(before: IngressModel | undefined, after: IngressModel): string[] {
  if (!before) {
    const rules = after.anyHost.length + after.hosts.reduce((sum, host) => sum + host.rules.length, 0);
    return [`first configuration: ${after.hosts.length} hosts, ${rules} rules, ${after.backends.length} backends`];
  }
  const old = new Map(
    before.backends.map(({ id, endpoints }) => [id, endpoints.map(({ address, port }) => `${address}:${port}`)]),
  );
  const changes: string[] = [];
  for (const { id, endpoints } of after.backends) {
    const were = old.get(id);
    const are = endpoints.map(({ address, port }) => `${address}:${port}`);
    old.delete(id);
    if (!were) {
      changes.push(`${id} is new with ${are.length} endpoints`);
      continue;
    }
    const added = are.filter((one) => !were.includes(one));
    const removed = were.filter((one) => !are.includes(one));
    if (added.length + removed.length > 0)
      changes.push(`${id}: ${[...added.map((one) => `+${one}`), ...removed.map((one) => `-${one}`)].join(' ')}`);
  }
  changes.push(...[...old.keys()].map((id) => `${id} is gone`));
  if (rulesText(before) !== rulesText(after)) changes.push('rules changed');
  return changes;
}

const rulesText = ({ hosts, anyHost }: IngressModel): string => {
  const text = (rules: readonly PathRule[]) => rules.map(({ match, path, backend }) => [match, path, backend]);
  return JSON.stringify([hosts.map(({ host, rules }) => [host, text(rules)]), text(anyHost)]);
};
