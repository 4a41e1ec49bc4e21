import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Tuning, tunings } from '../cluster/contract/topology.ts';
import { UsageError } from '../errors.ts';
import { makeFolder } from '../files/write-file.ts';
import { inClusterApiServer } from './api-server.ts';
import type { IngressClassOf } from './classes.ts';

import { folderEffects } from './effects.ts';
import { eventReporter } from './events.ts';
import { runController } from './loop.ts';
import { findMaster } from './processes.ts';
import { type ProxyName, proxies, proxyNames } from './proxy.ts';
import { watchObjects } from './watch.ts';

const sidecarUsage = `ingress-controller --proxy ${proxyNames.join('|')} (--class NAME | --controller STRING) --folder DIR --port N --status-port N [--tuning ${tunings.join('|')}] [--address A] [--service-account DIR]`;

export interface SidecarOptions {
  readonly proxy: ProxyName;
  readonly which: IngressClassOf;
  readonly folder: string;
  readonly port: number;
  readonly statusPort: number;
  readonly tuning: Tuning;
  readonly address: string;
  /** Where token and ca.crt lie; absent: where the kubelet puts them. */
  readonly serviceAccount?: string;
}

/**
 * What the container beside a stock proxy runs: follows the cluster's objects for ever, writes the proxy's configuration into the folder that
 * both share, and signals the proxy, whose processes it sees. Each change is one line of JSON on standard output.
 */
export async function runSidecar(options: SidecarOptions): Promise<void> {
  const { proxy, which, folder, port, statusPort, tuning, address, serviceAccount } = options;
  const { render, file, reloadSignal } = proxies[proxy];
  const log = (entry: Readonly<Record<string, unknown>>) =>
    void process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), proxy, ...entry })}\n`);
  const { signal } = new AbortController();
  await makeFolder(folder);
  const server = await inClusterApiServer(process.env, serviceAccount);
  await runController(watchObjects(server, { signal, log }), {
    which,
    render: (model) => render(model, { folder, port, statusPort, tuning, address }),
    log,
    report: eventReporter(server, `trafficlab.dev/${proxy}`, signal),
    effects: folderEffects({
      file: join(folder, file),
      status: { address: address === ANY ? LOOPBACK : address, port: statusPort },
      reload: async () => void process.kill(await findMaster(proxy, folder), reloadSignal),
    }),
  });
}

const ANY = '0.0.0.0';
const LOOPBACK = '127.0.0.1';

/** Reads the command line of the sidecar. @throws UsageError with the usage. */
export function parseSidecarArgs(args: string[]): SidecarOptions {
  const text = { type: 'string' } as const;
  const options = {
    proxy: text,
    class: text,
    controller: text,
    folder: text,
    port: text,
    'status-port': text,
    'service-account': text,
  };
  const { values } = parseArgs({
    args,
    options: { ...options, tuning: { ...text, default: 'fair' }, address: { ...text, default: ANY } },
  });
  const proxy = proxyNames.find((name) => name === values.proxy);
  const which = values.class ? { className: values.class } : values.controller ? { controller: values.controller } : undefined;
  const tuning = tunings.find((name) => name === values.tuning);
  const [port, statusPort] = [values.port, values['status-port']].map(Number) as [number, number];
  const serviceAccount = values['service-account'];
  const numbers = [port, statusPort].every((number) => Number.isInteger(number) && number > 0);
  if (!proxy || !which || !tuning || !values.folder?.startsWith('/') || !numbers)
    throw new UsageError(`usage: agent.mjs ${sidecarUsage}`);
  return {
    proxy,
    which,
    folder: values.folder,
    port,
    statusPort,
    tuning,
    address: values.address,
    ...(serviceAccount ? { serviceAccount } : {}),
  };
}
