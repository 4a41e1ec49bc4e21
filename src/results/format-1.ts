/**
 * Format 1 of plan.json, facts.json and results.ndjson, as versions before 0.2 wrote it, turned into format 2. The only place that knows
 * the old shapes. What is not an object, or not of the old shape, is left as it is: the schema of format 2 refuses it with the place.
 */
export function upgradePlan(content: unknown): unknown {
  if (!isObject(content)) return content;
  const { overrides, provider } = content;
  if (!isObject(overrides) || !isObject(provider)) return { ...content, format: 2 };
  const { image, ...ofLab } = overrides;
  return { ...content, format: 2, overrides: ofLab, provider: { ...provider, options: image === undefined ? {} : { image } } };
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

const upgradeCell = (cell: Content): unknown => cell;

const upgradeProof = (proof: Content): unknown => proof;

const upgradeSkip = (skip: Content): unknown => skip;

type Content = Readonly<Record<string, unknown>>;

const isObject = (content: unknown): content is Content =>
  typeof content === 'object' && content !== null && !Array.isArray(content);
