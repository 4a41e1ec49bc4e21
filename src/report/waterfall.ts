import { notObserved } from '../compare/names.ts';
import type { Waterfall, WaterfallStep } from '../compare/waterfall.ts';
import { figure } from '../words/format.ts';

const BAR = 30;

/** A waterfall as lines of text: each hop's median, what it adds with its 95 % interval, and a bar that begins where the one before ended. */
export function waterfallText({ steps }: Waterfall): string {
  const widest = Math.max(...steps.map((step) => hopName(step).length));
  const longest = Math.max(1, ...steps.map(({ p50 = 0 }) => p50));
  const column = (us: number) => Math.round((us / longest) * BAR);
  return steps
    .map((step, index) => {
      // Where a hop has no figure, the next begins at the last one that has.
      const before = steps.slice(0, index).findLast(({ p50 }) => p50 !== undefined)?.p50 ?? 0;
      const [from, to] = [Math.min(before, step.p50 ?? before), Math.max(before, step.p50 ?? before)].map(column) as [
        number,
        number,
      ];
      const bar = `${' '.repeat(from)}${'#'.repeat(Math.max(step.p50 === undefined ? 0 : 1, to - from))}`.padEnd(BAR + 1);
      return `${hopName(step).padEnd(widest)}  ${median(step).padStart(9)}  ${bar}  ${added(step)}`.trimEnd();
    })
    .join('\n');
}

/** "ClusterIP (rules not observed)": a hop with what nobody could look at. */
export const hopName = ({ place, unobserved = [] }: WaterfallStep): string =>
  unobserved.length > 0 ? `${place} (${notObserved(unobserved)})` : place;

const median = ({ p50 }: WaterfallStep): string => (p50 === undefined ? 'no figure' : `${figure(p50)} us`);

/** "+12 us [+8.1, +16]": what a step adds, with its 95 % interval; empty where that is not known. */
export function added({ added: estimate }: WaterfallStep): string {
  if (!estimate) return '';
  const [low, high] = estimate.interval95;
  return `${signed(estimate.difference)} us [${signed(low)}, ${signed(high)}]`;
}

const signed = (us: number): string => `${us < 0 ? '' : '+'}${us.toFixed(Math.abs(us) < 10 ? 1 : 0)}`;
