import { roleLine } from '../contract/right.ts';
import type { Finding } from './kube-proxy-mode.ts';
import type { Seen } from './replacement.ts';

export type IngressClasses = Seen<readonly { readonly name: string; readonly controller: string }[]>;

/** A class says what shall serve it; a controller that has none is not seen. */
export function ingressOf(classes: IngressClasses): Finding {
  if ('lacks' in classes) return { unknown: `needs the right ${roleLine(classes.lacks)}`, lacks: classes.lacks };
  if (classes.value.length === 0) return { unknown: 'no IngressClass found; a controller may run without one' };
  const value = classes.value.map(({ name, controller }) => `${name} (${controller})`).join(', ');
  return { value, source: 'configuration', from: 'IngressClasses' };
}
