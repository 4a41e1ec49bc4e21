import type { MovedObject, ReachedEndpoint } from '../results/schema.ts';

/** Whose rules are meant: the hop of a path that a node's kernel is. */
export function kernelHop(mode: string, objects: readonly MovedObject[], endpoints: readonly ReachedEndpoint[]): string {
  // Endpoints are named by their pods.
  const led = ({ kind, name }: MovedObject) => endpoints.length > 0 && (kind === 'real-server' || OF_ENDPOINT.test(name));
  const names = objects.filter((object) => !led(object)).map(shortName);
  return `kernel, ${mode} (${connectionsText(countOf(objects))} by ${names.join(', ') || 'nothing that counts'}${ledText(endpoints)})`;
}

const OF_ENDPOINT = /^(?:KUBE-SEP-|endpoint-|CNI-DN-)/;

/** The hop of mode userspace, where a process copies. */
export function copyingHop(objects: readonly MovedObject[]): string {
  return `kernel redirects to a user-space process, which copies (${connectionsText(countOf(objects))} by ${objects.map(shortName).join(', ')})`;
}

const countOf = (objects: readonly MovedObject[]): number => objects[0]?.moved ?? 0;

/** Rules are known by their chain, and by the port that they ask for. */
function shortName({ kind, name }: MovedObject): string {
  if (kind === 'rule') {
    const [, port] = /--dports? (\S+)/.exec(name) ?? [];
    return `${name.split(' ')[0]}${port === undefined ? '' : ` port ${port}`}`;
  }
  if (kind === 'virtual-server') return `virtual server ${name}`;
  if (kind === 'map-element') return `map ${name.split(' : ')[0]} }`;
  return kind === 'tracked-connections' ? 'rules that do not count' : name;
}

const SEEN: Readonly<Record<MovedObject['seenBy'], string>> = {
  counter: 'counters of the rules',
  trace: 'nft monitor trace',
  connections: 'tables of connections',
};

/** "went through rule KUBE-NODEPORTS ... 12, chain KUBE-SVL-... 12 (counters of the rules)"; nothing where nothing moved. */
export function movedLine(objects: readonly MovedObject[]): string[] {
  const seen = [...new Set(objects.map(({ seenBy }) => SEEN[seenBy]))].join(', ');
  const each = objects.map(({ kind, name, moved }) => `${kind.replaceAll('-', ' ')} ${name} ${moved}`);
  return objects.length === 0 ? [] : [`went through ${each.join(', ')} (${seen})`];
}

/** ", to echo-1 7, echo-3 5" */
const ledText = (endpoints: readonly ReachedEndpoint[]): string =>
  endpoints.length === 0 ? '' : `, to ${endpoints.map(({ pod, connections }) => `${pod} ${connections}`).join(', ')}`;

const connectionsText = (count: number): string => `${count} connection${count === 1 ? '' : 's'}`;
