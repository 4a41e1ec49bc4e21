import { execLines } from '../../process/exec.ts';
import type { Host } from '../contract/host.ts';
import type { Engine } from './engine.ts';
import { CONTAINER_LABEL } from './names.ts';

export interface ContainerHostOptions {
  readonly engine: Engine;
  readonly container: string;
  readonly role: Host['role'];
  readonly address: string;
  readonly agent?: readonly string[];
  /** For a container without tools of its own (ss, ip): an image that has them, and the cluster that its container is labelled with. */
  readonly tools?: { readonly image: string; readonly cluster: string };
}

/** A container of the engine as a place to run commands: a kind node, or a client beside them. */
export function containerHost({ engine, container, role, address, agent, tools }: ContainerHostOptions): Host {
  const inside = (argv: readonly string[]) => ['exec', '-i', container, ...argv];
  const exec: Host['exec'] = (argv, options) => engine.run(inside(argv), options);
  return {
    name: container,
    role,
    address,
    ...(role === 'control-plane' || role === 'worker' ? { ownNode: true } : {}),
    ...(agent ? { agent } : {}),
    exec,
    lines: (argv, options) => execLines([engine.name, ...inside(argv)], options),
    inNetwork: (argv, options) => {
      const [program = '', ...args] = argv;
      if (!tools) return exec(argv, options);
      const network = [
        '--network',
        `container:${container}`,
        '--entrypoint',
        program,
        '--label',
        `${CONTAINER_LABEL}=${tools.cluster}`,
      ];
      return engine.run(['run', '--rm', '--privileged', ...network, tools.image, ...args], options);
    },
  };
}
