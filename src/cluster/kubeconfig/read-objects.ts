import type { Right } from '../contract/right.ts';
import type { KubeClient } from '../kube/client.ts';

/** What a ConfigMap or Secret holds, by key and decoded; undefined: there is none of that name; `lacks`: it may not be read. */
export type ObjectData = ReadonlyMap<string, string> | undefined | { readonly lacks: Right };
export type DataKind = 'ConfigMap' | 'Secret';
export type ReadObject = (kind: DataKind, namespace: string, name: string) => Promise<ObjectData>;

/** Reads each object once. */
export function objectReader({ core }: Pick<KubeClient, 'core'>): ReadObject {
  const known = new Map<string, Promise<ObjectData>>();
  return (kind, namespace, name) => {
    const key = `${kind}/${namespace}/${name}`;
    const reading = known.get(key) ?? read(kind, namespace, name);
    known.set(key, reading);
    return reading;
  };
  async function read(kind: DataKind, namespace: string, name: string): Promise<ObjectData> {
    try {
      if (kind === 'Secret') return decoded((await core.readNamespacedSecret({ namespace, name })).data);
      const { data, binaryData } = await core.readNamespacedConfigMap({ namespace, name });
      return new Map([...Object.entries(data ?? {}), ...decoded(binaryData)]);
    } catch (error) {
      const { code } = error as { readonly code?: unknown };
      if (code === 404) return undefined;
      if (code !== 403) throw error;
      return {
        lacks: {
          apiGroups: [''],
          resources: [kind === 'Secret' ? 'secrets' : 'configmaps'],
          resourceNames: [name],
          verbs: ['get'],
          namespace,
        },
      };
    }
  }
}

const decoded = (data: Readonly<Record<string, string>> = {}): Map<string, string> =>
  new Map(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]));
