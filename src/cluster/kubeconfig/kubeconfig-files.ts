import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { UnavailableError } from '../../errors.ts';
import { type ContextEntry, type KubeconfigFile, readKubeconfig } from './kubeconfig-file.ts';
import { readBounded } from './read-bounded.ts';

/** Files of hundreds of clusters with their certificates are smaller. */
const MOST_BYTES = 4 * 2 ** 20;
const REMEDY = 'use another file: --kubeconfig FILE';

/** An entry, and the folder of its file: relative paths in it start there. */
export interface Placed<T> {
  readonly entry: T;
  readonly folder: string;
}

/** The merge of one or several kubeconfig files. */
export interface Kubeconfig {
  readonly clusters: ReadonlyMap<string, Placed<KubeconfigEntry<'clusters'>>>;
  readonly users: ReadonlyMap<string, Placed<KubeconfigEntry<'users'>>>;
  readonly contexts: ReadonlyMap<string, Placed<ContextEntry>>;
  /** The files that were read, for people: "a, b". */
  readonly files: string;
}

type KubeconfigEntry<K extends keyof KubeconfigFile> = KubeconfigFile[K] extends ReadonlyMap<string, infer T> ? T : never;

/**
 * Reads kubeconfig files as kubectl does ("Organizing Cluster Access Using kubeconfig Files", client-go clientcmd/loader.go): the file
 * that is named, which must exist; else those that $KUBECONFIG lists, of which missing ones are skipped and each counts once; else
 * ~/.kube/config. The first file that has a name of a cluster, user or context decides what it is.
 * @throws UnavailableError where a file is malformed, or none is there.
 */
export async function readKubeconfigs(asked: string | undefined, env: NodeJS.ProcessEnv = process.env): Promise<Kubeconfig> {
  const { files, from } = filesOf(asked, env);
  if (files.length === 0) throw new UnavailableError(`${from} contains no path`, { remedy: REMEDY });
  const read = await Promise.all(files.map(readOne));
  const there = read.filter((one) => one !== undefined);
  if (there.length === 0) throw new UnavailableError(missing(files, from), { remedy: REMEDY });
  if (there.every(({ config: { clusters, users, contexts } }) => clusters.size + users.size + contexts.size === 0))
    throw new UnavailableError(
      `${there.map(({ file }) => file).join(', ')} is not a valid kubeconfig file: it contains no kubeconfig`,
      {
        remedy: REMEDY,
      },
    );
  const first = <K extends keyof KubeconfigFile>(list: K) => {
    const merged = new Map<string, Placed<KubeconfigEntry<K>>>();
    for (const { file, config } of there)
      for (const [name, entry] of config[list] as ReadonlyMap<string, KubeconfigEntry<K>>)
        if (!merged.has(name)) merged.set(name, { entry, folder: dirname(resolve(file)) });
    return merged;
  };
  return {
    clusters: first('clusters'),
    users: first('users'),
    contexts: first('contexts'),
    files: there.map(({ file }) => file).join(', '),
  };
}

function filesOf(
  asked: string | undefined,
  env: NodeJS.ProcessEnv,
): { readonly files: readonly string[]; readonly from: string } {
  if (asked !== undefined) return { files: [asked].filter(Boolean), from: '--kubeconfig' };
  const listed = env.KUBECONFIG ?? '';
  if (listed !== '') return { files: [...new Set(listed.split(delimiter).filter(Boolean))], from: 'KUBECONFIG' };
  return { files: [join(homedir(), '.kube', 'config')], from: 'the default' };
}

async function readOne(file: string): Promise<{ readonly file: string; readonly config: KubeconfigFile } | undefined> {
  const bytes = await readBounded(file, `the kubeconfig file ${file}`, MOST_BYTES, REMEDY);
  return bytes && { file, config: readKubeconfig(bytes.toString(), file) };
}

function missing(files: readonly string[], from: string): string {
  if (files.length > 1) return `none of the files in ${from} exists: ${files.join(', ')}`;
  return `the kubeconfig file ${files[0]} does not exist${from === 'the default' ? ', and KUBECONFIG is not set' : ''}`;
}
