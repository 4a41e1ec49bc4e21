/**
 * Format 1 of plan.json, facts.json and results.ndjson, as versions before 0.2 wrote it, turned into format 2. The only place that knows
 * the old shapes. What is not an object, or not of the old shape, is left as it is: the schema of format 2 refuses it with the place.
 */
export const upgradePlan = (content: unknown): unknown => (isObject(content) ? { ...content, format: 2 } : content);

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

const upgradeCell = (cell: Content): unknown => withGenerators(cell);

/** A window had one generator, and its ports were the cell's. */
function withGenerators({ generator, ports, ...cell }: Content): Content {
  if (generator === undefined) return cell;
  const one = isObject(generator) ? { durationMs: cell.durationMs, ...generator, ports } : generator;
  return { ...cell, generators: [one] };
}

const upgradeProof = (proof: Content): unknown => proof;

const upgradeSkip = (skip: Content): unknown => skip;

type Content = Readonly<Record<string, unknown>>;

const isObject = (content: unknown): content is Content =>
  typeof content === 'object' && content !== null && !Array.isArray(content);
