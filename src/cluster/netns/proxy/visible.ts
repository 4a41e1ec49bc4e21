import type { V1EndpointSlice, V1Service } from '@kubernetes/client-node';

/**
 * Labels whose presence, whatever their value, keeps a Service or an EndpointSlice from kube-proxy: its informers list and watch with the
 * selector "!service.kubernetes.io/headless,!service.kubernetes.io/service-proxy-name" (cmd/kube-proxy/app/server.go).
 */
export const hidingLabels = ['service.kubernetes.io/service-proxy-name', 'service.kubernetes.io/headless'] as const;

/** Whether kube-proxy is told of an object at all. A watch reports one that gets such a label as deleted, and one that loses it as added. */
export const isVisible = ({ metadata }: V1Service | V1EndpointSlice): boolean =>
  !hidingLabels.some((label) => Object.hasOwn(metadata?.labels ?? {}, label));
