import type { V1Container, V1EnvVar, V1Pod } from '@kubernetes/client-node';
import { expand } from './kube-proxy-command.ts';
import type { DataKind, ReadObject } from './read-objects.ts';
import type { Environment } from './shell-line.ts';

/** The environment of a container as its pod gives it; a variable whose value cannot be read is undefined. */
export async function podEnvironment(pod: V1Pod, container: V1Container, read: ReadObject): Promise<Environment> {
  const namespace = pod.metadata?.namespace ?? '';
  const environment = new Map<string, string | undefined>();
  for (const { prefix = '', configMapRef, secretRef } of container.envFrom ?? []) {
    const kind = configMapRef ? 'ConfigMap' : 'Secret';
    const data = await read(kind, namespace, configMapRef?.name ?? secretRef?.name ?? '');
    if (data instanceof Map) for (const [key, value] of data) environment.set(`${prefix}${key}`, value);
  }
  // In their order: one may refer to those before it.
  for (const one of container.env ?? []) environment.set(one.name, await variable(one, pod, namespace, environment, read));
  return environment;
}

async function variable(
  { value, valueFrom }: V1EnvVar,
  { metadata, spec, status }: V1Pod,
  namespace: string,
  before: Environment,
  read: ReadObject,
): Promise<string | undefined> {
  if (!valueFrom) return expand(value ?? '', before);
  const { fieldRef, configMapKeyRef, secretKeyRef } = valueFrom;
  const fields: Readonly<Record<string, string | undefined>> = {
    'metadata.name': metadata?.name,
    'metadata.namespace': metadata?.namespace,
    'spec.nodeName': spec?.nodeName,
    'status.hostIP': status?.hostIP,
    'status.podIP': status?.podIP,
  };
  if (fieldRef) return fields[fieldRef.fieldPath];
  const key = async (kind: DataKind, name: string | undefined, at: string) => {
    const data = await read(kind, namespace, name ?? '');
    return data instanceof Map ? data.get(at) : undefined;
  };
  if (configMapKeyRef) return key('ConfigMap', configMapKeyRef.name, configMapKeyRef.key);
  if (secretKeyRef) return key('Secret', secretKeyRef.name, secretKeyRef.key);
  return undefined;
}
