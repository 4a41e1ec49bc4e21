import { writeInto } from '../../files/write-file.ts';
import type { KubeClient } from '../kube/client.ts';

/** Keeps what the pods of a namespace said and how they stood. */
export async function collectLogs({ core }: KubeClient, namespace: string, directory: string): Promise<void> {
  const { items } = await core.listNamespacedPod({ namespace });
  await writeInto(directory, `${namespace}/pods.json`, `${JSON.stringify(items, undefined, 2)}\n`);
  for (const { metadata, spec } of items)
    for (const { name: container } of spec?.containers ?? []) {
      const name = metadata?.name ?? '';
      const log = await core.readNamespacedPodLog({ namespace, name, container }).catch((error: Error) => error.message);
      await writeInto(directory, `${namespace}/${name}-${container}.log`, log);
    }
}
