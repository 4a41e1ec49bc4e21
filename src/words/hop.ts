import type { Hop, MovedObject } from '../proof/hop.ts';

/** A proven path: its hops, the objects that its connections moved, and the names of all nodes of its cluster. */
export interface Path {
  readonly hops: readonly Hop[];
  readonly objects?: readonly MovedObject[] | undefined;
  readonly nodes?: readonly string[] | undefined;
}

export type PathPart = 'client' | 'kernel' | 'process' | 'backend';

/** A hop as a report shows it. */
export interface ShownHop {
  readonly part: PathPart;
  /** The program of a process: "haproxy". */
  readonly program?: string;
  readonly text: string;
}

/** The hops of a path for people, with short names of nodes. */
export function shownHops({ hops, objects = [], nodes = [] }: Path): ShownHop[] {
  const short = shortNames(nodes);
  const movedAt = (node: string) => objects.filter((object) => object.node === node);
  return hops.map((hop) => shown(hop, short, movedAt));
}

/** The hops of a path, a line each: a process in brackets is named by its program. */
export const hopTexts = (path: Path): string[] =>
  shownHops(path).map(({ program, text }) => (program === undefined ? text : `[${program}] ${text}`));

type Short = (name: string) => string;

function shown(hop: Hop, short: Short, movedAt: (node: string) => readonly MovedObject[]): ShownHop {
  switch (hop.kind) {
    case 'client': {
      const where = hop.node === undefined ? 'outside the cluster' : `pod on ${short(hop.node)}`;
      return { part: 'client', text: `${short(hop.host)} (${where}) connects to ${hop.to.join(', ')}` };
    }
    case 'router':
      return { part: 'kernel', text: `${short(hop.host)}: routes` };
    case 'entries': {
      const shares = hop.shares.map(({ node, connections }) => `${short(node)} ${connections}`).join(', ');
      return {
        part: 'kernel',
        text: `each of ${hop.shares.length} nodes is an entry: ${shares} of ${hop.connections} connections`,
      };
    }
    case 'kernel':
      return { part: 'kernel', text: entered(hop, short, kernelText(hop, movedAt(hop.node))) };
    case 'userspace-proxy':
      return { part: 'process', text: entered(hop, short, copyingText(movedAt(hop.node))) };
    case 'servicelb':
      return { part: 'process', program: 'servicelb', text: `${short(hop.node)}: its pod forwards to the Service` };
    case 'controller':
      return { part: 'process', program: hop.controller, text: `${podTexts(hop.pods, short)}: a process forwards the request` };
    case 'closed-node':
      return { part: 'kernel', text: `${short(hop.node)}: not inspected` };
    case 'pods': {
      const saw = hop.saw.map((one) => `${one.address} (${seenAs(one, short)})`);
      return { part: 'backend', text: `${podTexts(hop.pods, short)}: saw ${saw.join(', ')}` };
    }
    case 'stated':
      return { part: hop.part, ...(hop.program === undefined ? {} : { program: hop.program }), text: hop.text };
  }
}

const podTexts = (pods: readonly { readonly pod: string; readonly node: string }[], short: Short): string =>
  pods.map(({ pod, node }) => `${pod} on ${short(node)}`).join(', ');

function seenAs({ of, name }: Extract<Hop, { kind: 'pods' }>['saw'][number], short: Short): string {
  switch (of) {
    case 'client':
      return 'the client itself';
    case 'controller':
      return name ?? 'the controller';
    case 'node':
      return `masqueraded by ${name === undefined ? 'a node' : short(name)}`;
    case 'unknown':
      return 'masqueraded by an address of a node';
  }
}

/** What is said of the node before and after what its rules did. */
function entered(
  { node, answersArpFor, passesServicelb }: Extract<Hop, { kind: 'kernel' | 'userspace-proxy' }>,
  short: Short,
  text: string,
): string {
  const before = answersArpFor === undefined ? '' : `answers ARP for ${answersArpFor}; `;
  return `${short(node)}: ${before}${text}${passesServicelb ? " (servicelb's pod only reserves the port)" : ''}`;
}

function kernelText({ datapath, led }: Extract<Hop, { kind: 'kernel' }>, objects: readonly MovedObject[]): string {
  // Endpoints are named by their pods.
  const ofEndpoint = ({ kind, name }: MovedObject) => led.length > 0 && (kind === 'real-server' || OF_ENDPOINT.test(name));
  const names = objects.filter((object) => !ofEndpoint(object)).map(shortName);
  const to = led.length === 0 ? '' : `, to ${led.map(({ pod, connections }) => `${pod} ${connections}`).join(', ')}`;
  return `kernel, ${datapath} (${connectionsText(objects)} by ${names.join(', ') || 'no counted object'}${to})`;
}

const OF_ENDPOINT = /^(?:KUBE-SEP-|endpoint-|CNI-DN-)/;

const copyingText = (objects: readonly MovedObject[]): string =>
  `kernel redirects to a user-space process, which copies every byte (${connectionsText(objects)} by ${objects.map(shortName).join(', ')})`;

/** Rules are known by their chain, and by the port that they ask for. */
function shortName({ kind, name }: MovedObject): string {
  if (kind === 'rule') {
    const [, port] = /--dports? (\S+)/.exec(name) ?? [];
    return `${name.split(' ')[0]}${port === undefined ? '' : ` port ${port}`}`;
  }
  if (kind === 'virtual-server') return `virtual server ${name}`;
  if (kind === 'map-element') return `map ${name.split(' : ')[0]} }`;
  return kind === 'tracked-connections' ? 'rules without counters' : name;
}

function connectionsText([first]: readonly MovedObject[]): string {
  const count = first?.moved ?? 0;
  return `${count} connection${count === 1 ? '' : 's'}`;
}

/** Drops what all names of a cluster begin with, up to a hyphen. */
export function shortNames(names: readonly string[]): Short {
  const [first = ''] = names;
  let common = first;
  for (const name of names) while (!name.startsWith(common)) common = common.slice(0, -1);
  const prefix = common.slice(0, common.lastIndexOf('-') + 1);
  return (name) => (name.startsWith(prefix) && name.length > prefix.length ? name.slice(prefix.length) : name);
}
