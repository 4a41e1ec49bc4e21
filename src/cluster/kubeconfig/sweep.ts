import { TrafficlabError, UnavailableError, UsageError } from '../../errors.ts';
import type { ProviderOptions } from '../contract/options.ts';
import { roleLine } from '../contract/right.ts';
import { saidBy } from '../kube/client.ts';
import type { Access } from './context.ts';
import { deleteNamespace, ownership } from './namespace.ts';
import { everyRun } from './rights.ts';

/**
 * Deletes the namespaces that runs left in the cluster of a context; without one, no cluster is looked at.
 * @throws UsageError for a context that cannot be opened; TrafficlabError naming a namespace that was left, and why.
 */
export async function sweepContext(open: () => Promise<Access>, options: ProviderOptions): Promise<string[]> {
  if (options.context === undefined) return [];
  const access = await open().catch((error: unknown): never => {
    // Who names a context wants to hear what is wrong with it, and not that there is nothing to clean.
    if (error instanceof UnavailableError)
      throw new UsageError(error.message, { ...(error.remedy ? { remedy: error.remedy } : {}) });
    throw error;
  });
  const namespaces = await ourNamespaces(access);
  const swept: string[] = [];
  for (const one of namespaces.filter((each) => ownership(each) === 'over')) {
    const name = one.metadata?.name ?? '';
    await deleteNamespace(access, name);
    swept.push(`namespace ${name} in ${access.context}`);
  }
  const left = namespaces.flatMap((one) => (ownership(one) === 'elsewhere' ? [one.metadata?.name ?? ''] : []));
  if (left.length > 0)
    throw new TrafficlabError(
      `${[...swept.map((one) => `deleted ${one}`), `left ${left.join(', ')}`].join('; ')}: created on another machine, so the run may still be active`,
      {
        remedy: `run clean on that machine, or when the run is over: kubectl --context ${access.context} delete namespace ${left.join(' ')}`,
      },
    );
  return swept;
}

async function ourNamespaces({ client, context }: Access) {
  const labelSelector = 'app.kubernetes.io/managed-by=trafficlab';
  const listed = await client.core.listNamespace({ labelSelector }).catch((error: unknown): never => {
    throw new TrafficlabError(`cannot list the namespaces of "${context}": ${saidBy(error).split('\n')[0]}`, {
      remedy: `grant this right: ${roleLine(everyRun[0]!)}`,
    });
  });
  return listed.items;
}
