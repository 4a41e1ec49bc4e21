import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UnavailableError } from '../../errors.ts';
import type { IngressModel } from '../../ingress/model.ts';
import { proxies } from '../../ingress/proxy.ts';
import type { ProxyOptions, Rendering } from '../../ingress/rendering.ts';
import { renderTraefik, renderTraefikStatic, traefikCommand, traefikEnvironment, traefikFiles } from '../../ingress/traefik.ts';
import type { ControllerName } from '../contract/topology.ts';
import { findProgram } from '../fabric/find-program.ts';
import { findTraefik } from './find-traefik.ts';

/** All that differs between the proxies for whoever runs one in a folder. */
export interface ProxyProgram {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** The file in its folder that the controller writes. */
  readonly file: string;
  render(model: IngressModel): Rendering;
  /** Ends with 0 where the proxy would take a configuration. Absent: it leaves out by itself what it does not understand. */
  check?(file: string): readonly string[];
  reload(pid: number): void;
}

/** @throws UnavailableError where the program is not there. */
export async function proxyProgram(controller: ControllerName, options: ProxyOptions): Promise<ProxyProgram> {
  const { folder } = options;
  const path = await findProxy(controller);
  if (path === undefined) throw new UnavailableError(`${controller} is not installed`, { remedy: 'see: npm run doctor' });
  if (controller === 'traefik') {
    await writeFile(join(folder, traefikFiles.static), renderTraefikStatic(options));
    const command = traefikCommand(path, folder);
    // It follows the file by itself.
    return { command, env: traefikEnvironment(options), file: traefikFiles.dynamic, render: renderTraefik, reload: () => {} };
  }
  const { run, file, render, check, reloadSignal } = proxies[controller];
  return {
    command: run(path, folder),
    env: {},
    file,
    render: (model) => render(model, options),
    check: (at) => check(path, at),
    reload: (pid) => void process.kill(pid, reloadSignal),
  };
}

const findProxy = (controller: ControllerName): Promise<string | undefined> =>
  controller === 'traefik' ? findTraefik() : findProgram(controller);

/** Prints the version, most of them on standard error. */
export const versionCommand = async (controller: ControllerName): Promise<readonly string[]> =>
  controller === 'traefik' ? [(await findTraefik()) ?? 'traefik', 'version'] : proxies[controller].version;
