import { optionList, propertyOf } from './table.ts';

/** Options as the command line has them, the words of each: ["--image", "node=x"], ["--keep"]. What is not set is none. */
export const argumentsOf = (values: Readonly<Record<string, unknown>>): string[][] =>
  optionList.flatMap(({ name, type }) => {
    const value = values[propertyOf(name)];
    if (value === undefined || value === false) return [];
    return type === 'switch' ? [[`--${name}`]] : [value].flat().map((one) => [`--${name}`, String(one)]);
  });
