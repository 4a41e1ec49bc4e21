import type { Lab } from '../lab/schema.ts';

/** The questions that labs are grouped by, in the order in which they are shown. */
export const groups = [
  'Which kube-proxy mode?',
  'From how many Services on?',
  'What does each hop add?',
  'Which way into the cluster?',
] as const;
export type Group = (typeof groups)[number];

/** The question that a lab belongs to, by what it varies: a new lab file finds its place by itself. */
export function groupOf({ services, hops, targets, proxyModes, reference }: Lab): Group {
  if (services && services.length > 1) return 'From how many Services on?';
  if (hops) return 'What does each hop add?';
  if (proxyModes.length > 1 || reference) return 'Which kube-proxy mode?';
  const entries = new Set(targets.map(({ entry }) => entry));
  const waysIn = ['host-port', 'load-balancer', 'ingress'] as const;
  return waysIn.some((entry) => entries.has(entry)) ? 'Which way into the cluster?' : 'Which kube-proxy mode?';
}
