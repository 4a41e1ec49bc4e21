/**
 * Format 1 of plan.json, facts.json and results.ndjson, as versions before 0.2 wrote it, turned into format 2. The only place that knows
 * the old shapes. What is not an object, or not of the old shape, is left as it is: the schema of format 2 refuses it with the place.
 */
export function upgradePlan(content: unknown): unknown {
  if (!isObject(content)) return content;
  const { skips, provider } = content;
  return {
    ...content,
    format: 2,
    skips: Array.isArray(skips) ? skips.map((skip: unknown) => (isObject(skip) ? statedSkip(skip) : skip)) : skips,
    provider: isObject(provider) ? { name: provider.name, chosen: { code: 'stated', text: provider.reason } } : provider,
  };
}

export const upgradeFacts = (content: unknown): unknown => (isObject(content) ? { ...content, format: 2 } : content);

export function upgradeRecord(content: unknown): unknown {
  if (!isObject(content)) return content;
  switch (content.type) {
    case 'cell':
      return upgradeCell(content);
    case 'proof':
      return upgradeProof(content);
    case 'skip':
      return upgradeSkip(content);
    default:
      return content;
  }
}

const upgradeCell = (cell: Content): unknown => ({
  ...cell,
  checks: Array.isArray(cell.checks)
    ? cell.checks.map((check: unknown) => (isObject(check) ? statedCheck(check) : check))
    : cell.checks,
});

const statedCheck = ({ name, ok, seen, remedy }: Content): unknown => ({
  name,
  ok,
  seen: { code: 'stated', text: seen, remedy },
});

const upgradeProof = (proof: Content): unknown => proof;

const upgradeSkip = ({ type, at, ...skip }: Content): unknown => ({ type, at, skip: statedSkip(skip) });

/** Old sentences stay as they were; fields that only a wrong file lacks or has are left to the schema. */
const statedSkip = ({ reason, remedy, ...skip }: Content): unknown => ({
  ...skip,
  code: 'stated',
  because: { code: 'stated', text: reason, remedy },
});

type Content = Readonly<Record<string, unknown>>;

const isObject = (content: unknown): content is Content =>
  typeof content === 'object' && content !== null && !Array.isArray(content);
