import { parseDocument } from 'yaml';
import { z } from 'zod';
import { type OverrideName, type Overrides, overrideFields, overrideValue } from './overrides.ts';
import { labSchema } from './schema.ts';

/** The part of JSON Schema that the format of labs uses. */
interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
}

/** What a lab has to have, small enough to end within half a minute. */
const STARTER = `question: Is a ClusterIP slower than the pod's own address?

proxyModes: [nftables]

targets:
  - entry: pod
  - entry: cluster-ip
`;
const WIDTH = 118;

export interface LabTemplate {
  readonly name: string;
  /** Where the file will find lab.schema.json, relative to itself, for editors. */
  readonly schema: string;
  /** The text of a lab to begin with; absent: a small one. */
  readonly base?: string;
  /** What is changed of it. */
  readonly changes?: Overrides;
}

/**
 * The text of a new lab file: a lab that runs, then every key that it leaves alone, commented out, with its meaning, what is allowed and
 * the default. All of it is said by the schema itself.
 */
export function labTemplate({ name, schema, base: unchanged = STARTER, changes = {} }: LabTemplate): string {
  const base = changed(unchanged, changes);
  const { properties = {} } = z.toJSONSchema(labSchema, { io: 'input' }) as Schema;
  const set = new Set(Object.keys(parseDocument(base).toJS() as object));
  const left = Object.entries(properties).filter(([key]) => !set.has(key));
  const begun = base.replace(/^# yaml-language-server:.*\n/, '').trim();
  return [
    `# yaml-language-server: $schema=${schema}`,
    `# Run it:                   npm run lab ./${name}.yaml`,
    `# Print its plan first:     npm run lab ./${name}.yaml -- --dry-run`,
    '',
    begun,
    '',
    ...comment('Each entry of targets may have'),
    ...Object.entries(properties.targets?.items?.properties ?? {}).flatMap(([key, one]) =>
      comment(`${key}: ${meaning(one)}`, '  '),
    ),
    '',
    ...comment('All other keys have their defaults. To change one, remove the "# " before its lines.'),
    ...left.flatMap(([key, one]) => ['', ...keyLines(key, one, '')]),
    '',
  ].join('\n');
}

/** The text of a lab with other values; its comments stay. */
function changed(base: string, changes: Overrides): string {
  const given = Object.entries(changes).flatMap(([option, value]) => (value === undefined ? [] : [[option, value] as const]));
  if (given.length === 0) return base;
  const document = parseDocument(base);
  for (const [option, value] of given)
    document.setIn(overrideFields[option as OverrideName], overrideValue(option as OverrideName, value));
  return document.toString({ lineWidth: 0 });
}

/** A key that is commented out, after what it means; keys of a map are indented under it. */
function keyLines(key: string, schema: Schema, indent: string): string[] {
  const { properties } = schema;
  if (!properties) return [...comment(`# ${meaning(schema)}`, indent), `# ${indent}${key}: ${flow(sample(schema))}`];
  return [
    ...(schema.description ? comment(`# ${schema.description}`, indent) : []),
    `# ${indent}${key}:`,
    ...Object.entries(properties).flatMap(([inner, one]) => keyLines(inner, one, `${indent}  `)),
  ];
}

/** "echo pods, spread over the workers; 1 to 2,000; default 4". */
function meaning(schema: Schema): string {
  const fallback = schema.default === undefined ? [] : [`default ${flow(schema.default)}`];
  return [...(schema.description ? [schema.description] : []), ...allowed(schema.items ?? schema), ...fallback].join('; ');
}

function allowed({ enum: names, minimum, maximum, exclusiveMinimum }: Schema): string[] {
  if (names) return [names.join(', ')];
  const most = maximum?.toLocaleString('en');
  if (minimum !== undefined) return [`${minimum} to ${most}`];
  return exclusiveMinimum === undefined ? [] : [`more than ${exclusiveMinimum}, up to ${most}`];
}

/** A value that may stand there: the default, an example, or the least. */
function sample(schema: Schema): unknown {
  if (schema.default !== undefined) return schema.default;
  if (schema.examples) return schema.examples[0];
  if (schema.items) return [sample(schema.items)];
  return schema.enum?.[0] ?? schema.minimum ?? 1;
}

/** A value on one line of YAML; text that YAML would read as a number is in quotes. */
function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  return typeof value === 'string' && /^[\d.]+$/.test(value) ? JSON.stringify(value) : String(value);
}

/** Comment lines of at most 118 columns; what runs over is indented further. */
function comment(text: string, indent = ''): string[] {
  const lines: string[] = [];
  const head = `# ${indent}`;
  let line = head;
  for (const word of text.split(' ')) {
    if (line !== head && line.length + word.length > WIDTH) {
      lines.push(line.trimEnd());
      line = text.startsWith('# ') ? `${head}# ` : `${head}  `;
    }
    line += `${word} `;
  }
  return [...lines, line.trimEnd()];
}
