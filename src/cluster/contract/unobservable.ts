/** "a, b: reason" for each reason, with the nodes that share it: what nobody could look at, told once. */
export function toldTogether(each: readonly { readonly node: string; readonly why: string }[]): string[] {
  const nodes = new Map<string, string[]>();
  for (const { node, why } of each) nodes.set(why, [...(nodes.get(why) ?? []), node]);
  return [...nodes].map(([why, names]) => `${names.join(', ')}: ${why}`);
}
