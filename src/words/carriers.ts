import type { CarrierFigure } from '../compare/cell.ts';
import type { UnknownCarriers } from '../results/schema.ts';

/** Components that hold more than their name says. */
const titles: Readonly<Record<string, string>> = { k3s: 'k3s (with the kubelet and the control plane)' };

/** "nginx", "ksoftirqd (kernel thread)". */
export const carrierTitle = ({ component, kind }: Pick<CarrierFigure, 'component' | 'kind'>): string =>
  `${Object.hasOwn(titles, component) ? titles[component] : component}${kind === 'process' ? '' : ` (${kind.replaceAll('-', ' ')})`}`;

const reasons: Readonly<Record<UnknownCarriers['unknown'], string>> = {
  'node-closed': 'trafficlab may not run commands on the node',
  'not-readable': 'reading it failed',
};

/** "unknown on worker: reading it failed". */
export function unknownCarriersText(unknown: readonly UnknownCarriers[]): string {
  const codes = [...new Set(unknown.map((one) => one.unknown))];
  const nodesOf = (code: UnknownCarriers['unknown']) => unknown.flatMap((one) => (one.unknown === code ? [one.node] : []));
  return codes.map((code) => `unknown on ${nodesOf(code).join(', ')}: ${reasons[code]}`).join('; ');
}
