import { posix } from 'node:path';
import type { V1Container, V1KeyToPath, V1Pod, V1Volume, V1VolumeMount } from '@kubernetes/client-node';
import { type Right, roleLine } from '../contract/right.ts';
import { expand } from './kube-proxy-command.ts';
import type { DataKind, ReadObject } from './read-objects.ts';
import type { Environment } from './shell-line.ts';

/** A file as a container sees it, with the object and key that it comes from; or why its content is not known. */
export type PodFile = { readonly text: string; readonly from: string } | { readonly unknown: string; readonly lacks?: Right };

/** Finds the content of a file of a container through the pod's volumes: ConfigMaps and Secrets, alone or projected, whatever they are called. */
export async function podFile(
  pod: V1Pod,
  container: V1Container,
  path: string,
  environment: Environment,
  read: ReadObject,
): Promise<PodFile> {
  const absolute = posix.resolve(container.workingDir || '/', path);
  const volumes = pod.spec?.volumes ?? [];
  const mount = mountOf(container.volumeMounts ?? [], absolute);
  if (!mount) return volumes.length > 0 ? { unknown: `${absolute} is part of the image` } : byItsName(pod, absolute, read);
  const volume = volumes.find(({ name }) => name === mount.name);
  if (!volume) return { unknown: `${absolute} is in the volume ${mount.name}, which the pod does not have` };
  const below = posix.relative(mount.mountPath, absolute);
  const sub = mount.subPathExpr ? expand(mount.subPathExpr, environment) : (mount.subPath ?? '');
  return inVolume(volume, posix.join(sub, below), absolute, pod.metadata?.namespace ?? '', read);
}

/** The innermost mount that holds the path; of two on one path the later one. */
function mountOf(mounts: readonly V1VolumeMount[], path: string): V1VolumeMount | undefined {
  const holding = mounts.filter(({ mountPath }) => {
    const folder = posix.resolve('/', mountPath);
    return path === folder || path.startsWith(folder === '/' ? '/' : `${folder}/`);
  });
  const longest = Math.max(...holding.map(({ mountPath }) => posix.resolve('/', mountPath).length));
  return holding.findLast(({ mountPath }) => posix.resolve('/', mountPath).length === longest);
}

interface Source {
  readonly kind: DataKind;
  readonly name: string;
  readonly items: readonly V1KeyToPath[] | undefined;
}

async function inVolume(volume: V1Volume, inside: string, path: string, namespace: string, read: ReadObject): Promise<PodFile> {
  const sources = sourcesOf(volume);
  if (volume.hostPath)
    return {
      unknown: `${path} is a file on the node (${posix.join(volume.hostPath.path, inside)}), which trafficlab does not read`,
    };
  if (sources.length === 0)
    return { unknown: `${path} is in the volume ${volume.name}, whose content is created when the pod starts` };
  // Of projected sources the last one that has the path counts; each that may not be read could be it.
  for (const { kind, name, items } of sources.toReversed()) {
    const key = items ? items.find((item) => posix.normalize(item.path) === inside)?.key : inside;
    if (key === undefined) continue;
    const found = await keyOf(kind, namespace, name, key, read);
    if (found) return found;
  }
  return {
    unknown: `${path} is not in the volume ${volume.name}: ${sources.map(({ kind, name }) => `${kind} ${name}`).join(', ')}`,
  };
}

function sourcesOf({ configMap, secret, projected }: V1Volume): Source[] {
  const ofMap = (name: string | undefined, items: V1KeyToPath[] | undefined): Source[] =>
    name ? [{ kind: 'ConfigMap', name, items }] : [];
  const ofSecret = (name: string | undefined, items: V1KeyToPath[] | undefined): Source[] =>
    name ? [{ kind: 'Secret', name, items }] : [];
  return [
    ...ofMap(configMap?.name, configMap?.items),
    ...ofSecret(secret?.secretName, secret?.items),
    ...(projected?.sources ?? []).flatMap((one) => [
      ...ofMap(one.configMap?.name, one.configMap?.items),
      ...ofSecret(one.secret?.name, one.secret?.items),
    ]),
  ];
}

async function keyOf(
  kind: DataKind,
  namespace: string,
  name: string,
  key: string,
  read: ReadObject,
): Promise<PodFile | undefined> {
  const data = await read(kind, namespace, name);
  if (data && 'lacks' in data) return { unknown: `needs the right ${roleLine(data.lacks)}`, lacks: data.lacks };
  const text = data?.get(key);
  return text === undefined ? undefined : { text, from: `${kind} ${namespace}/${name}, key "${key}"` };
}

/** A pod that shows no volumes at all: installers name the ConfigMap like the folder and the key like the file. */
async function byItsName(pod: V1Pod, path: string, read: ReadObject): Promise<PodFile> {
  const [name, key] = [posix.basename(posix.dirname(path)), posix.basename(path)];
  const found = await keyOf('ConfigMap', pod.metadata?.namespace ?? '', name, key, read);
  if (!found) return { unknown: `the pod lists no volumes, and no ConfigMap with its name contains ${path}` };
  return 'text' in found ? { text: found.text, from: `${found.from} (named like ${path}; the pod lists no volumes)` } : found;
}
