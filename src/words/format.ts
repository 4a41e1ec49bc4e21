/** Numbers as people read them. All return text without colour. */

/** "12,345", "85.3", "0.42": three digits or so; "-" for what is no number. */
export function figure(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return '-';
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 1 ? 1 : 2;
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** "43" of 0.43, in percent. */
export const share = (value: number | undefined): string => (value === undefined ? '-' : `${Math.round(value * 100)}`);

/** "0.968"; "12.4" from ten up. */
export const ratio = (value: number): string => value.toFixed(value >= 10 ? 1 : value >= 2 ? 2 : 3);

/** "[0.951, 0.985]". */
export const interval = ([low, high]: readonly [number, number]): string => `[${ratio(low)}, ${ratio(high)}]`;

/** "3.1 %", "12.0 %"; with a sign where asked. */
export function percent(part: number, signed = false): string {
  const value = part * 100;
  const rounded = value.toFixed(1).replace(/^-(0\.0)$/, '$1');
  return `${signed && value > 0 && rounded !== '0.0' ? '+' : ''}${rounded} %`;
}

/** "1 block", "8 blocks". */
export const count = (number: number, noun: string): string => `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`;

/** "12 s", "4 min": a length of time as one speaks of it. */
export const duration = (seconds: number): string =>
  seconds < 90 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
