import { UsageError } from '../../errors.ts';
import { type ControllerName, controllers, controllerTable } from '../contract/controllers.ts';

/** Every image that trafficlab uses, by the name under which `--image NAME=REF` and TRAFFICLAB_IMAGES override it. */
export interface Images extends Readonly<Record<ControllerName, string>> {
  /** A kind node of the lab's Kubernetes version. */
  readonly node: string;
  /** A kind node of a Kubernetes whose kube-proxy still had the userspace mode (removed in 1.26). */
  readonly 'node-userspace': string;
  /** A k3s node of the lab's Kubernetes version. */
  readonly k3s: string;
  /** Stock Node.js; the generators and the echo server travel into it as one file. */
  readonly client: string;
  readonly 'metallb-controller': string;
  readonly 'metallb-speaker': string;
  /** FRRouting, for the top-of-rack router. */
  readonly router: string;
  /** Has nsenter, by which a privileged pod enters its node. */
  readonly 'node-tools': string;
}
export type ImageName = keyof Images;

/** Node images that kind v0.33.0 publishes (its release notes), newest first. */
const kindNodes: Readonly<Record<string, string>> = {
  'v1.37.0': 'sha256:a1ed56cfb0e7b93589bdf97c8cd566405a265939e3620fc4f5de89adff580ae5',
  'v1.36.4': 'sha256:099e049362a1526b2db71494e1947aae99bd16290d7c895f2b7ea312e3cbfaed',
  'v1.35.8': 'sha256:07b2536e30b803ed61d1677a79df6115f798ce64c80f9e22f6ed45afd09323c0',
  'v1.34.11': 'sha256:44e222ee2132dab25ff87301682f89eb82c7880ea3a1bf543bfe9708fd08d67d',
};
/** v1.34 is what kube-proxy's rules in netns are held against, so both providers show the same kube-proxy. */
const defaultKubernetes = 'v1.34.11';

/** Tags of k3s by the minor version of Kubernetes; each was seen in public use, none of them by us. */
const k3sNodes: Readonly<Record<string, string>> = {
  'v1.37': 'v1.37.1-k3s1',
  'v1.36': 'v1.36.1-k3s1',
  'v1.35': 'v1.35.5-k3s1',
  'v1.34': 'v1.34.9-k3s1',
};

const controllerImages = Object.fromEntries(controllers.map((name) => [name, controllerTable[name].image])) as Record<
  ControllerName,
  string
>;

/** The newest image with the userspace mode, of kind v0.24.0. */
const userspaceNode = 'kindest/node:v1.25.16@sha256:6110314339b3b44d10da7d27881849a87e092124afab5956f2e10ecdb463b025';

/**
 * The images of a run: the defaults, then TRAFFICLAB_IMAGES ("node=REF,client=REF"), then `--image NAME=REF`.
 * @param kubernetes a version as in "1.34", "v1.34" or "v1.34.11"; a version that kind does not publish is taken as a tag.
 * @throws UsageError for a name that is no image of ours.
 */
export function imagesFor(kubernetes: string | undefined, overrides: readonly string[], env: string | undefined): Images {
  const images: Record<ImageName, string> = {
    node: nodeImage(kubernetes ?? defaultKubernetes),
    'node-userspace': userspaceNode,
    k3s: k3sImage(kubernetes ?? 'v1.34'),
    client: 'node:24-slim',
    ...controllerImages,
    'metallb-controller': 'quay.io/metallb/controller:v0.15.2',
    'metallb-speaker': 'quay.io/metallb/speaker:v0.15.2',
    router: 'quay.io/frrouting/frr:10.5.3',
    'node-tools': 'node:24-slim',
  };
  const fromEnv = (env ?? '').split(',').filter((part) => part.trim() !== '');
  for (const override of [...fromEnv, ...overrides]) {
    const [, name, reference] = /^\s*([^=\s]+)=(\S+)\s*$/.exec(override) ?? [];
    if (!name || !reference || !Object.hasOwn(images, name))
      throw new UsageError(`"${override}" is not an image of trafficlab`, {
        remedy: `use NAME=REFERENCE with NAME one of ${Object.keys(images).join(', ')}`,
      });
    images[name as ImageName] = reference;
  }
  return images;
}

function nodeImage(kubernetes: string): string {
  const tag = kubernetes.startsWith('v') ? kubernetes : `v${kubernetes}`;
  const version = Object.keys(kindNodes).find((known) => known === tag || known.startsWith(`${tag}.`));
  return version ? `kindest/node:${version}@${kindNodes[version]}` : `kindest/node:${tag}`;
}

function k3sImage(kubernetes: string): string {
  const tag = kubernetes.startsWith('v') ? kubernetes : `v${kubernetes}`;
  return `rancher/k3s:${k3sNodes[tag] ?? `${tag}-k3s1`}`;
}

/** The Kubernetes version that a node image's tag names, as in "v1.34.11"; undefined where the tag names none. */
export const versionOfImage = (reference: string): string | undefined => /:(v\d+\.\d+\.\d+)/.exec(reference)?.[1];
