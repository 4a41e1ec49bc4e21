import type { Limits, LinkSpec } from '../cluster/contract/provider.ts';
import type { PlannedSkip } from './plan.ts';
import type { Lab } from './schema.ts';

/** Each property of a link with the key of its obstacle in `limits.topologies` (`link` stands for all three) and its name for people. */
const aspects = {
  rateMbit: { key: 'link-rate', word: 'rate' },
  delayMs: { key: 'link-delay', word: 'delay' },
  lossPercent: { key: 'link-loss', word: 'loss' },
} as const satisfies Record<keyof LinkSpec, object>;

/** What a lab asks of its nodes' links and cannot have; its clusters come up all the same, their links unshaped. */
export function linkSkips(lab: Lab, limits: Limits): PlannedSkip[] {
  return asked(lab).flatMap(([name]) => {
    const obstacle = obstacleOf(name, limits);
    return obstacle ? [{ what: `${aspects[name].word} of the nodes' links`, ...obstacle }] : [];
  });
}

/** What of it can be had; undefined where nothing is left. */
export function linkOf(lab: Lab, limits: Limits): LinkSpec | undefined {
  const kept = asked(lab).filter(([name]) => !obstacleOf(name, limits));
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

const asked = ({ cluster: { link = {} } }: Lab) =>
  Object.entries(link).filter((entry): entry is [keyof LinkSpec, number] => entry[1] !== undefined);

const obstacleOf = (name: keyof LinkSpec, { topologies }: Limits) => topologies[aspects[name].key] ?? topologies.link;
