import type { V1Pod } from '@kubernetes/client-node';
import { parse } from 'yaml';
import { z } from 'zod';
import type { Finding } from './kube-proxy-mode.ts';
import { podFile } from './pod-files.ts';
import type { ReadObject } from './read-objects.ts';

const FILE = '/etc/antrea/antrea-agent.conf';
const settings = z.looseObject({
  antreaProxy: z.looseObject({ enable: z.boolean().nullish(), proxyAll: z.boolean().nullish() }).nullish(),
  featureGates: z.looseObject({ AntreaProxy: z.boolean().nullish() }).nullish(),
});

/** Reads antreaProxy of the file that an antrea-agent is started with; it is on by default, proxyAll is not (antrea-agent.conf). */
export async function antreaProxy(
  pod: V1Pod,
  read: ReadObject,
): Promise<Finding<{ readonly enable: boolean; readonly proxyAll: boolean }>> {
  const container = pod.spec?.containers.find(({ name }) => name === 'antrea-agent');
  if (!container) return { unknown: 'its pod has no container antrea-agent' };
  const file = await podFile(pod, container, FILE, new Map(), read);
  if ('unknown' in file) return file;
  try {
    const { antreaProxy: own, featureGates } = settings.parse(parse(file.text) ?? {});
    const value = { enable: own?.enable ?? featureGates?.AntreaProxy ?? true, proxyAll: own?.proxyAll ?? false };
    return { value, source: 'configuration', from: file.from };
  } catch {
    return { unknown: `${file.from} is not readable` };
  }
}
