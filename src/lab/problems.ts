import { z } from 'zod';
import { nearest } from './nearest.ts';
import { brokenRules } from './rules.ts';
import { type LabFile, labSchema } from './schema.ts';

/** Something wrong with a lab, in words a person can act on, and where. */
export interface Problem {
  readonly path: readonly (string | number)[];
  readonly message: string;
  /** What may stand there: words, or a range as one text. */
  readonly allowed?: readonly string[] | string;
  /** Whether the key is at fault or its value. Default: the value. */
  readonly at?: 'key' | 'value';
}

type Checked =
  | { readonly lab: LabFile; readonly problems: readonly [] }
  | { readonly lab?: never; readonly problems: readonly Problem[] };

/** Holds a lab against its schema and the rules between fields. Every problem is found, not only the first. */
export function checkLab(raw: unknown): Checked {
  const parsed = labSchema.safeParse(raw);
  const issues = parsed.success ? [] : parsed.error.issues.flatMap((issue) => describe(issue, raw));
  const problems = [...issues, ...brokenRules(parsed.success ? parsed.data : soundFields(raw))];
  return parsed.success && problems.length === 0 ? { lab: parsed.data, problems: [] } : { problems };
}

function soundFields(raw: unknown): Partial<LabFile> {
  if (!isRecord(raw)) return {};
  const sound = Object.entries(labSchema.shape).flatMap(([name, schema]) => {
    const parsed = schema.safeParse(raw[name]);
    return parsed.success && parsed.data !== undefined ? [[name, parsed.data] as const] : [];
  });
  return Object.fromEntries(sound);
}

function describe(issue: z.core.$ZodIssue, raw: unknown): Problem[] {
  const path = issue.path.filter((step) => typeof step !== 'symbol');
  const name = nameOf(path);
  const schema = schemaAt(path);
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => unknownKey(path, key, Object.keys(schema.properties ?? {})));
  const value = valueAt(raw, path);
  const allowed = allowedBy(schema);
  const problem = (message: string): Problem[] => [{ path, message, ...(allowed === undefined ? {} : { allowed }) }];
  if (value === undefined) return problem(`${name} is missing`);
  if (isEmpty(value)) return problem(`${name} is empty`);
  const seen = typeof value === 'object' ? (Array.isArray(value) ? 'a list' : 'a map') : JSON.stringify(value);
  if (issue.code === 'invalid_value') return problem(`${name} is ${seen}${didYouMean(String(value), schema.enum ?? [])}`);
  if (issue.code !== 'invalid_type') return problem(`${name} is ${seen}`);
  // YAML reads 1.30 as the number 1.3, which no message about types makes plain.
  if (typeof value === 'number' && issue.expected === 'string')
    return problem(`${name} is the number ${seen}; write it in quotes`);
  return problem(`${name} is ${seen}, and ${typeNames[issue.expected] ?? issue.expected} is needed`);
}

const typeNames: Record<string, string> = {
  object: 'a map',
  array: 'a list',
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
};

const isEmpty = (value: unknown) => value === null || value === '' || (Array.isArray(value) && value.length === 0);

function unknownKey(parent: readonly (string | number)[], key: string, allowed: string[]): Problem {
  return { path: [...parent, key], message: `unknown key ${key}${didYouMean(key, allowed)}`, allowed, at: 'key' };
}

function didYouMean(word: string, candidates: readonly string[]): string {
  const suggestion = nearest(word, candidates);
  return suggestion === undefined ? '' : `, did you mean ${suggestion}?`;
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

function schemaAt(path: readonly (string | number)[]): SchemaNode {
  const root = labJsonSchema() as SchemaNode;
  return path.reduce<SchemaNode>((node, step) => (typeof step === 'number' ? node.items : node.properties?.[step]) ?? {}, root);
}

function allowedBy(schema: SchemaNode): Problem['allowed'] {
  if (schema.enum) return schema.enum;
  if (schema.items?.enum) return schema.items.enum;
  if (schema.examples) return `as in ${schema.examples.join(', ')}`;
  if (schema.properties) return Object.keys(schema.properties);
  if (schema.maximum === undefined) return undefined;
  return schema.exclusiveMinimum === undefined
    ? `${schema.minimum} to ${schema.maximum}`
    : `more than ${schema.exclusiveMinimum}, up to ${schema.maximum}`;
}

const valueAt = (raw: unknown, path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>((value, step) => (isRecord(value) ? value[step] : undefined), raw);

const isRecord = (value: unknown): value is Record<string | number, unknown> => typeof value === 'object' && value !== null;
