import { UnavailableError } from '../../errors.ts';
import type { Right } from '../contract/right.ts';
import { saidBy } from '../kube/client.ts';
import type { Access } from './context.ts';

/**
 * Asks the API server which of these rights the context's user lacks (SelfSubjectAccessReview, which everybody may create and which
 * leaves nothing behind); a right comes back with the verbs that are missing.
 * @param namespace as the run's own will be called: where rights with no namespace of their own are asked for.
 * @throws UnavailableError where the API server does not answer.
 */
export async function lackedRights(access: Access, rights: readonly Right[], namespace: string): Promise<Right[]> {
  const asked = rights.map(async (right) => {
    const allowed = await Promise.all(right.verbs.map((verb) => isAllowed(access, right, verb, namespace)));
    const verbs = right.verbs.filter((_, index) => !allowed[index]);
    return verbs.length > 0 ? [{ ...right, verbs }] : [];
  });
  return (await Promise.all(asked)).flat();
}

/** In no namespace; the others are asked for in one. */
const CLUSTER_SCOPED = ['namespaces', 'nodes', 'ingressclasses', 'clusterroles', 'clusterrolebindings', 'felixconfigurations'];

async function isAllowed({ authorization, server }: Access, right: Right, verb: string, own: string): Promise<boolean> {
  const [resource = '', subresource] = right.resources[0].split('/');
  const clusterScoped = CLUSTER_SCOPED.includes(resource);
  const named =
    right.resourceNames?.[0] ?? (resource === 'namespaces' && (verb === 'get' || verb === 'delete') ? own : undefined);
  const resourceAttributes = {
    group: right.apiGroups[0],
    resource,
    verb,
    ...(subresource === undefined ? {} : { subresource }),
    ...(clusterScoped ? {} : { namespace: right.namespace ?? own }),
    ...(named === undefined ? {} : { name: named }),
  };
  const review = await authorization
    .createSelfSubjectAccessReview({
      body: { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec: { resourceAttributes } },
    })
    .catch((error: unknown) => {
      throw new UnavailableError(`${server} did not answer a review of the user's rights: ${saidBy(error).split('\n')[0]}`, {
        remedy: 'check with kubectl that this context reaches the server and its credentials are valid',
      });
    });
  return review.status?.allowed === true;
}
