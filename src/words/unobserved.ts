import type { Unobserved } from '../proof/unobserved.ts';

/** What could not be looked at, a sentence for each reason; nodes that share it are named together. */
export function unobservedTexts(all: readonly Unobserved[]): string[] {
  const nodes = new Map<string, string[]>();
  for (const one of all) {
    const why = reason(one);
    nodes.set(why, [...(nodes.get(why) ?? []), ...('node' in one ? [one.node] : [])]);
  }
  return [...nodes].map(([why, names]) => (names.length > 0 ? `${names.join(', ')}: ${why}` : why));
}

function reason(one: Unobserved): string {
  switch (one.code) {
    case 'closed-node':
      return closedText[one.because];
    case 'kube-proxy-not-asked':
      return `kube-proxy was not queried: that needs, in kube-system, the right ${one.right}`;
    case 'kube-proxy-silent':
      return `kube-proxy was not queried: pod ${one.pod} does not answer on port 10249`;
    case 'kube-proxy-absent':
      return 'kube-proxy was not queried: no kube-proxy pod runs there';
    case 'stated':
      return one.text;
  }
}

/** Why no command runs on a node. */
const closedText = {
  'cluster-scope-not-allowed': "only a privileged pod can read a node's rules and kernel: --allow-cluster-scope",
} as const;
