import { UnavailableError } from '../../errors.ts';
import type { Host } from '../contract/host.ts';

/**
 * Makes sure that nobody listens on these ports of a node: a hostPort's DNAT takes all that is sent there, and whoever listens would
 * silently hear nothing any more (portmap reserves no port).
 * @throws UnavailableError naming node, port, process if it can be seen, and what to do.
 */
export async function refuseListeners(nodes: readonly Host[], ports: readonly number[]): Promise<void> {
  if (ports.length === 0) return;
  const found = await Promise.all(
    nodes.map(async (node) => {
      const { stdout } = await node.inNetwork(['ss', '-Hltnp']);
      return listenersOn(stdout, ports).map(({ port, process }) => ({ node: node.name, port, process }));
    }),
  );
  const [first] = found.flat();
  if (!first) return;
  const by = first.process === undefined ? 'somebody' : first.process;
  throw new UnavailableError(
    `${by} already listens on port ${first.port} of ${first.node}; a hostPort ${first.port} would divert all its connections`,
    { remedy: `stop it, or remove the host-port targets; to find it: ss -ltnp 'sport = :${first.port}' on ${first.node}` },
  );
}

/** Pure part: `ss -Hltnp` in; the process as in `"nginx" (pid 123)`. */
export function listenersOn(text: string, ports: readonly number[]): { readonly port: number; readonly process?: string }[] {
  return text.split('\n').flatMap((line) => {
    const [, , , local = ''] = line.trim().split(/\s+/);
    const port = Number(local.slice(local.lastIndexOf(':') + 1));
    // A process that listens on loopback alone hears nothing from outside anyway, but portmap takes loopback too.
    if (!ports.includes(port)) return [];
    const [, name, pid] = /users:\(\("([^"]+)",pid=(\d+)/.exec(line) ?? [];
    return [name === undefined ? { port } : { port, process: `"${name}" (pid ${pid})` }];
  });
}
