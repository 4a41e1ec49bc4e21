import { parseDocument } from 'yaml';
import { z } from 'zod';
import { UnavailableError } from '../../errors.ts';

/** Go reads a key without a value as an absent one. */
const text = z.string().nullish();
const flag = z.boolean().nullish();

const cluster = z.looseObject({
  server: text,
  'certificate-authority': text,
  'certificate-authority-data': text,
  'insecure-skip-tls-verify': flag,
  'tls-server-name': text,
  'proxy-url': text,
});
const execPlugin = z.looseObject({
  command: z.string().min(1),
  args: z.array(z.string()).nullish(),
  env: z.array(z.looseObject({ name: z.string().min(1), value: z.string() })).nullish(),
  apiVersion: z.string(),
  installHint: text,
  provideClusterInfo: flag,
  interactiveMode: z.enum(['Never', 'IfAvailable', 'Always']).nullish(),
});
const user = z.looseObject({
  token: text,
  tokenFile: text,
  username: text,
  password: text,
  'client-certificate': text,
  'client-certificate-data': text,
  'client-key': text,
  'client-key-data': text,
  as: text,
  'as-uid': text,
  'as-groups': z.array(z.string()).nullish(),
  'as-user-extra': z.record(z.string(), z.array(z.string())).nullish(),
  exec: execPlugin.nullish(),
  'auth-provider': z.looseObject({ name: z.string(), config: z.record(z.string(), z.string()).nullish() }).nullish(),
});
const context = z.looseObject({ cluster: text, user: text, namespace: text });

const named = <T extends z.ZodType, K extends string>(key: K, schema: T) =>
  z.array(z.looseObject({ name: z.string().min(1), [key]: schema } as { name: z.ZodString } & Record<K, T>)).nullish();

const config = z
  .looseObject({
    clusters: named('cluster', cluster.nullish()),
    users: named('user', user.nullish()),
    contexts: named('context', context.nullish()),
    'current-context': text,
  })
  .nullable();

export type ClusterEntry = z.infer<typeof cluster>;
export type UserEntry = z.infer<typeof user>;
export type ContextEntry = z.infer<typeof context>;
export type ExecEntry = z.infer<typeof execPlugin>;

/** What one kubeconfig file holds, by name. */
export interface KubeconfigFile {
  readonly clusters: ReadonlyMap<string, ClusterEntry>;
  readonly users: ReadonlyMap<string, UserEntry>;
  readonly contexts: ReadonlyMap<string, ContextEntry>;
}

const REMEDY = 'correct the file, or use another: --kubeconfig FILE';

/**
 * Reads a kubeconfig file (v1 Config) as client-go does: YAML or JSON, unknown keys ignored, wrong types refused, and a name that appears
 * twice in one list is an error. An empty file is a configuration that holds nothing.
 * @throws UnavailableError in one line, with the place.
 */
export function readKubeconfig(source: string, file: string): KubeconfigFile {
  const refuse = (why: string) => new UnavailableError(`${file} is not a valid kubeconfig file: ${why}`, { remedy: REMEDY });
  let value: unknown;
  try {
    const document = parseDocument(source, { merge: true, uniqueKeys: false, logLevel: 'silent' });
    if (document.errors[0]) throw document.errors[0];
    value = document.toJS() ?? null;
  } catch (error) {
    throw refuse((error as Error).message.split('\n')[0]!.replace(/:$/, ''));
  }
  const read = config.safeParse(value);
  if (!read.success) {
    const [issue] = read.error.issues;
    const place = issue!.path.reduce<string>((at, key) => `${at}${typeof key === 'number' ? `[${key}]` : `.${String(key)}`}`, '');
    throw refuse(place === '' ? 'it contains no kubeconfig' : `${place.slice(1)}: ${issue!.message}`);
  }
  const byName = <T>(list: string, entries: readonly (readonly [string, T])[]): Map<string, T> => {
    const map = new Map(entries);
    if (map.size === entries.length) return map;
    const twice = entries.find(([name], index) => entries.findIndex(([other]) => other === name) !== index)!;
    throw refuse(`${list}: the name "${twice[0]}" appears twice`);
  };
  const { clusters, users, contexts } = read.data ?? {};
  return {
    clusters: byName(
      'clusters',
      (clusters ?? []).map((one) => [one.name, one.cluster ?? {}] as const),
    ),
    users: byName(
      'users',
      (users ?? []).map((one) => [one.name, one.user ?? {}] as const),
    ),
    contexts: byName(
      'contexts',
      (contexts ?? []).map((one) => [one.name, one.context ?? {}] as const),
    ),
  };
}
