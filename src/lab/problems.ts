import { z } from 'zod';
import { nearest } from './nearest.ts';
import type { Problem } from './problem.ts';
import { brokenRules } from './rules.ts';
import { type LabFile, labSchema } from './schema.ts';

/** Problems that are put into words; past them a file is not read by anybody. */
const MOST = 100;

interface Checked {
  /** Absent where there are problems. */
  readonly lab?: LabFile;
  readonly problems: readonly Problem[];
  /** How many problems there are beside those. */
  readonly more?: number;
}

/** Holds a lab against its schema and the rules between fields. Every problem is found, not only the first, and the first hundred are told. */
export function checkLab(raw: unknown): Checked {
  const parsed = labSchema.safeParse(raw);
  const issues = parsed.success ? [] : parsed.error.issues.flatMap(single);
  const broken = brokenRules(parsed.success ? parsed.data : soundFields(raw));
  if (parsed.success && broken.length === 0) return { lab: parsed.data, problems: [] };
  const problems = [...issues.slice(0, MOST).map((issue) => describe(issue, raw)), ...broken].slice(0, MOST);
  return { problems, more: issues.length + broken.length - problems.length };
}

/** An issue about several keys as one for each. */
const single = (issue: z.core.$ZodIssue): z.core.$ZodIssue[] =>
  issue.code === 'unrecognized_keys' ? issue.keys.map((key) => ({ ...issue, keys: [key] })) : [issue];

function soundFields(raw: unknown): Partial<LabFile> {
  if (!isRecord(raw)) return {};
  const sound = Object.entries(labSchema.shape).flatMap(([name, schema]) => {
    const parsed = schema.safeParse(raw[name]);
    return parsed.success && parsed.data !== undefined ? [[name, parsed.data] as const] : [];
  });
  return Object.fromEntries(sound);
}

function describe(issue: z.core.$ZodIssue, raw: unknown): Problem {
  const path = issue.path.filter((step) => typeof step !== 'symbol');
  const name = nameOf(path);
  const schema = schemaAt(path);
  if (issue.code === 'unrecognized_keys') return unknownKey(path, issue.keys[0]!, Object.keys(schema.properties ?? {}));
  const value = valueAt(raw, path);
  const allowed = allowedBy(schema);
  const problem = (message: string): Problem => ({ path, message, ...(allowed === undefined ? {} : { allowed }) });
  if (value === undefined) return problem(`${name} is missing`);
  if (isEmpty(value)) return problem(`${name} is empty`);
  if (issue.code === 'too_big' && (Array.isArray(value) || typeof value === 'string'))
    return { path, message: tooLong(name, value, issue) };
  const seen = typeof value === 'object' ? (Array.isArray(value) ? 'a list' : 'a map') : shown(value);
  if (issue.code === 'invalid_value')
    return { ...problem(`${name} is ${seen}`), ...suggestion(String(value), schema.enum ?? []) };
  if (issue.code !== 'invalid_type') return problem(`${name} is ${seen}`);
  // YAML reads 1.30 as the number 1.3, which no message about types makes plain.
  if (typeof value === 'number' && issue.expected === 'string')
    return problem(`${name} is the number ${seen}; write it in quotes`);
  return problem(`${name} is ${seen}; expected ${typeNames[issue.expected] ?? issue.expected}`);
}

const tooLong = (name: string, value: string | readonly unknown[], { maximum }: { readonly maximum: number | bigint }): string =>
  `${name} has ${value.length.toLocaleString('en')} ${typeof value === 'string' ? 'characters' : 'entries'}; the limit is ${maximum.toLocaleString('en')}`;

/** A value as it is quoted; JSON has no word for NaN and the infinite. */
const shown = (value: unknown): string =>
  typeof value === 'number' || typeof value === 'bigint' ? String(value) : cut(JSON.stringify(value));
const cut = (text: string): string => (text.length > 100 ? `${text.slice(0, 100)}...` : text);

const typeNames: Record<string, string> = {
  object: 'a map',
  array: 'a list',
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
};

const isEmpty = (value: unknown) => value === null || value === '' || (Array.isArray(value) && value.length === 0);

function unknownKey(parent: readonly (string | number)[], key: string, allowed: string[]): Problem {
  return { path: [...parent, key], message: `unknown key ${cut(key)}`, ...suggestion(key, allowed), allowed, at: 'key' };
}

function suggestion(word: string, candidates: readonly string[]): Pick<Problem, 'suggestion'> {
  const found = word.length > 100 ? undefined : nearest(word, candidates); // its work grows with the length
  return found === undefined ? {} : { suggestion: found };
}

/** "targets[1].from"; the lab itself where the path is empty. */
const nameOf = (path: readonly (string | number)[]): string =>
  path.reduce<string>((name, step) => (typeof step === 'number' ? `${name}[${step}]` : name ? `${name}.${step}` : step), '') ||
  'the lab';

interface SchemaNode {
  readonly type?: string;
  readonly properties?: Record<string, SchemaNode>;
  readonly items?: SchemaNode;
  readonly enum?: string[];
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly examples?: unknown[];
}

/** The published JSON Schema of lab files; `labs/lab.schema.json` is this. */
export const labJsonSchema = () => z.toJSONSchema(labSchema, { io: 'input' });

let publishedSchema: SchemaNode | undefined;

function schemaAt(path: readonly (string | number)[]): SchemaNode {
  publishedSchema ??= labJsonSchema() as SchemaNode;
  return path.reduce<SchemaNode>(
    (node, step) => (typeof step === 'number' ? node.items : own(node.properties, step)) ?? {},
    publishedSchema,
  );
}

const own = <T>(record: Record<string, T> | undefined, key: string): T | undefined =>
  record && Object.hasOwn(record, key) ? record[key] : undefined;

function allowedBy(schema: SchemaNode): Problem['allowed'] {
  if (schema.enum) return schema.enum;
  if (schema.items?.enum) return schema.items.enum;
  if (schema.examples) return `for example ${schema.examples.join(', ')}`;
  if (schema.properties) return Object.keys(schema.properties);
  if (schema.maximum === undefined) return undefined;
  return schema.exclusiveMinimum === undefined
    ? `${schema.minimum} to ${schema.maximum}`
    : `more than ${schema.exclusiveMinimum}, up to ${schema.maximum}`;
}

const valueAt = (raw: unknown, path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>((value, step) => (isRecord(value) && Object.hasOwn(value, step) ? value[step] : undefined), raw);

const isRecord = (value: unknown): value is Record<string | number, unknown> => typeof value === 'object' && value !== null;
