import { execLines } from '../../exec.ts';
import type { Host } from '../provider.ts';
import type { Engine } from './engine.ts';

export interface ContainerHostOptions {
  readonly engine: Engine;
  readonly container: string;
  readonly role: Host['role'];
  readonly address: string;
  readonly agent?: readonly string[];
  /** Image whose tools (ss, ip) look into the container's network when the container has none itself. */
  readonly toolsImage?: string;
}

/** A container of the engine as a place to run commands: a kind node, or a client beside them. */
export function containerHost({ engine, container, role, address, agent, toolsImage }: ContainerHostOptions): Host {
  const inside = (argv: readonly string[]) => ['exec', '-i', container, ...argv];
  const exec: Host['exec'] = (argv, options) => engine.run(inside(argv), options);
  return {
    name: container,
    role,
    address,
    ...(agent ? { agent } : {}),
    exec,
    lines: (argv, options) => execLines([engine.name, ...inside(argv)], options),
    inNetwork: (argv, options) => {
      const [program = '', ...args] = argv;
      if (!toolsImage) return exec(argv, options);
      const network = [
        '--network',
        `container:${container}`,
        '--entrypoint',
        program,
        '--label',
        `dev.trafficlab.cluster=${container}`,
      ];
      return engine.run(['run', '--rm', '--privileged', ...network, toolsImage, ...args], options);
    },
  };
}
