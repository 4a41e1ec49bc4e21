import type { Detected, DetectionSource, Detections } from '../cluster/contract/provider.ts';

/** How sure a detected value is, in words. */
const SOURCES: Readonly<Record<DetectionSource, string>> = {
  kernel: 'observed in the kernel',
  component: 'stated by the running component',
  configuration: 'stated by configuration',
};

const NAMES: Readonly<Record<Exclude<keyof Detections, 'proxyModeOf'>, string>> = {
  proxyMode: 'proxy mode',
  iptablesBackend: 'iptables backend',
  kubeProxyReplacement: 'kube-proxy replacement',
  cni: 'CNI',
  ingressControllers: 'ingress controllers',
  loadBalancer: 'LoadBalancers by',
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

/** "ipvs (stated by configuration: ConfigMap ...)" or "unknown: ...". */
const detectedText = (detected: Detected): string =>
  'unknown' in detected
    ? `unknown: ${detected.unknown}${detected.remedy ? ` (to find out: ${detected.remedy})` : ''}`
    : `${detected.value} (${SOURCES[detected.source]}: ${detected.from})`;
