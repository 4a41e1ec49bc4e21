import type { ProxyName } from '../cluster/contract/controllers.ts';
import { renderHaproxy } from './haproxy.ts';
import type { IngressModel } from './model.ts';
import { renderNginx } from './nginx.ts';
import type { ProxyOptions, Rendering } from './rendering.ts';

export { type ProxyName, proxyNames } from '../cluster/contract/controllers.ts';

/** All that differs between the proxies for whoever starts and reloads them; paths are absolute. */
export interface Proxy {
  readonly name: ProxyName;
  render(model: IngressModel, options: ProxyOptions): Rendering;
  /** The name of the configuration in its folder. */
  readonly file: string;
  /** Runs the proxy in the foreground on the configuration of this folder. */
  run(program: string, folder: string): readonly string[];
  /** Ends with 0 where the proxy would take a configuration; opens no port. */
  check(program: string, file: string): readonly string[];
  /** To the process in the pid file: has the configuration read again. */
  readonly reloadSignal: NodeJS.Signals;
  /** To the same process: answers what is asked, takes nothing new, and ends. */
  readonly stopSignal: NodeJS.Signals;
  readonly pidFile: string;
  /** Prints the version. */
  readonly version: readonly string[];
}

export const proxies: Readonly<Record<ProxyName, Proxy>> = {
  nginx: {
    name: 'nginx',
    render: renderNginx,
    file: 'nginx.conf',
    pidFile: 'nginx.pid',
    // "-e": before it has read its configuration it would write to a log file that only root may open.
    run: (program, folder) => [program, '-e', 'stderr', '-p', folder, '-c', `${folder}/nginx.conf`],
    check: (program, file) => [program, '-e', 'stderr', '-t', '-q', '-c', file],
    reloadSignal: 'SIGHUP',
    stopSignal: 'SIGQUIT',
    version: ['nginx', '-v'],
  },
  haproxy: {
    name: 'haproxy',
    render: renderHaproxy,
    file: 'haproxy.cfg',
    pidFile: 'haproxy.pid',
    run: (program, folder) => [program, '-W', '-f', `${folder}/haproxy.cfg`],
    // Not "-q": it keeps the reason to itself.
    check: (program, file) => [program, '-c', '-f', file],
    reloadSignal: 'SIGUSR2',
    stopSignal: 'SIGUSR1',
    version: ['haproxy', '-v'],
  },
};

/**
 * The command of the stock proxy's container: waits for a configuration of the controller that the proxy takes, then becomes the proxy, so
 * that a bad one does not end the container. Controller and proxy must run as the same user: the one signals the other.
 */
export const proxyCommand = (name: ProxyName, folder: string, program: string = name): readonly string[] => {
  const { file, run, check } = proxies[name];
  const path = `${folder}/${file}`;
  const checks = check(program, path);
  // A fixed text whose parameters are arguments: nothing of theirs is read by the shell.
  return ['sh', '-c', WAIT_THEN_RUN, path, String(checks.length), ...checks, ...run(program, folder)];
};

/** $0: the file; $1: how many words the check has; then those, and the command. */
const WAIT_THEN_RUN = [
  'words=$1; shift',
  'first() { left=$words; total=$#; for word do [ "$left" -gt 0 ] && set -- "$@" "$word"; left=$((left - 1)); done; shift "$total"; "$@"; }',
  'until [ -f "$0" ] && first "$@"; do sleep 0.2; done',
  'shift "$words"; exec "$@"',
].join('; ');
