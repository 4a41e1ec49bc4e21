import type { Limits, LinkSpec } from '../cluster/contract/provider.ts';
import type { Lab } from './schema.ts';
import type { Skip } from './skip.ts';

/** Each property of a link; with `link-` before it, the key of its obstacle in `limits.topologies` (`link` is for all three). */
const properties = { rateMbit: 'rate', delayMs: 'delay', lossPercent: 'loss' } as const satisfies Record<keyof LinkSpec, string>;

/** What a lab asks of its nodes' links and cannot have; its clusters come up all the same, their links unshaped. */
export function linkSkips(lab: Lab, limits: Limits): Skip[] {
  return asked(lab).flatMap(([name]) => {
    const obstacle = obstacleOf(name, limits);
    return obstacle ? [{ code: 'link' as const, property: properties[name], because: obstacle }] : [];
  });
}

/** What of it can be had; undefined where nothing is left. */
export function linkOf(lab: Lab, limits: Limits): LinkSpec | undefined {
  const kept = asked(lab).filter(([name]) => !obstacleOf(name, limits));
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

const asked = ({ cluster: { link = {} } }: Lab) =>
  Object.entries(link).filter((entry): entry is [keyof LinkSpec, number] => entry[1] !== undefined);

const obstacleOf = (name: keyof LinkSpec, { topologies }: Limits) => topologies[`link-${properties[name]}`] ?? topologies.link;
