import type { Detected, DetectionSource, Detections } from '../cluster/contract/provider.ts';
import { problemText } from '../words/problem.ts';

/** How sure a detected value is, in words. */
const SOURCES: Readonly<Record<DetectionSource, string>> = {
  kernel: 'observed in the kernel',
  component: 'reported by the running component',
  configuration: 'from configuration',
};

const NAMES: Readonly<Record<Exclude<keyof Detections, 'proxyModeOf'>, string>> = {
  proxyMode: 'proxy mode',
  iptablesBackend: 'iptables backend',
  kubeProxyReplacement: 'kube-proxy replacement',
  cni: 'CNI',
  ingressControllers: 'ingress controllers',
  loadBalancer: 'LoadBalancer provider',
};

/** What a cluster runs, a row each: its name for people, and the value with how it is known and where it was read. */
export function detectionRows(detected: Detections): { readonly what: string; readonly value: string }[] {
  const { proxyModeOf = {}, ...rest } = detected;
  return [
    ...Object.entries(NAMES).flatMap(([key, what]) => {
      const one = rest[key as keyof typeof rest];
      return one ? [{ what, value: detectedText(one) }] : [];
    }),
    ...Object.entries(proxyModeOf).map(([node, one]) => ({ what: `proxy mode of ${node}`, value: detectedText(one) })),
  ];
}

/** "ipvs (from configuration: ConfigMap ...)" or "unknown: ...". */
function detectedText(detected: Detected): string {
  if ('value' in detected) return `${detected.value} (${SOURCES[detected.source]}: ${detected.from})`;
  const { unknown, problem, remedy } = detected;
  return `unknown: ${unknown}${problem ? `: ${problemText(problem)}` : ''}${remedy ? ` (remedy: ${remedy})` : ''}`;
}
