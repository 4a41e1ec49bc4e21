import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandError } from '../../errors.ts';
import { makeFolder } from '../../files/write-file.ts';
import { createController } from '../../ingress/controller.ts';
import { folderEffects } from '../../ingress/effects.ts';
import type { IngressObjects } from '../../ingress/model.ts';
import type { IngressProblem } from '../../ingress/problems.ts';
import { exec } from '../../process/exec.ts';
import type { ControllerName, Tuning } from '../contract/topology.ts';
import { type Daemon, startDaemon } from '../fabric/daemon.ts';
import type { PodLayout } from '../fabric/layout.ts';
import { namespaceHost } from '../fabric/namespace-host.ts';
import { NAMESPACE } from '../kube/manifests/agent.ts';
import { ingressClassName } from '../kube/manifests/ingress.ts';
import { PROXY_PORT, STATUS_PORT } from '../kube/manifests/placed.ts';
import type { CarrierProcess } from './carriers.ts';
import { treeCpuTimeNs } from './cpu-time.ts';
import { proxyProgram } from './ingress-program.ts';
import { workersOf } from './ingress-workers.ts';

/** A proxy in a pod, and its controller, which is part of this very process. */
export interface ProxyProcess extends AsyncDisposable, Pick<CarrierProcess, 'pid' | 'cpuNs'> {
  /**
   * Brings the proxy to what the objects say, and waits until that is in effect; it begins with its first configuration.
   * @throws CommandError with the proxy's last words where it ends.
   */
  apply(objects: IngressObjects): Promise<void>;
  /** What is wrong with the Ingresses that it serves, as of the last objects. */
  problems(): readonly IngressProblem[];
  /** As many workers as it has now; undefined where that cannot be seen. */
  workers(): Promise<number | undefined>;
}

export interface ProxyProcessOptions {
  readonly controller: ControllerName;
  readonly tuning: Tuning;
  readonly pod: PodLayout;
  /** Where this process reaches the pod. */
  readonly controlAddress: string;
  readonly signal: AbortSignal;
}

/** Longer than any proxy takes to begin on a busy machine. */
const DEADLINE_MS = 15_000;

export async function proxyProcess({
  controller,
  tuning,
  pod,
  controlAddress,
  signal,
}: ProxyProcessOptions): Promise<ProxyProcess> {
  const folder = `/run/trafficlab-proxy/${pod.namespace}`;
  await makeFolder(folder);
  const { command, env, file, render, check, reload } = await proxyProgram(controller, {
    folder,
    port: PROXY_PORT,
    statusPort: STATUS_PORT,
    tuning,
  });
  const host = namespaceHost({ ...pod, node: pod.node.name, role: 'client' });
  let onFailure: (error: Error) => void = () => {};
  const failed = new Promise<never>((_, reject) => {
    onFailure = reject;
  });
  failed.catch(() => {}); // told to whoever applies something
  let daemon: Daemon | undefined;
  let problems: readonly IngressProblem[] = [];
  let master: number | undefined;
  const masterPid = async () => {
    const dead = daemon?.failure();
    if (dead) throw dead;
    master ??= await firstProcess(pod.namespace);
    return master;
  };
  const effects = folderEffects({
    file: join(folder, file),
    status: { address: controlAddress, port: STATUS_PORT },
    ...(check ? { check: async (at: string) => void (await host.exec(check(at), { signal })) } : {}),
    reload: async () => reload(await masterPid()),
  });
  const write = async (text: string) => {
    await effects.write(text);
    daemon ??= startDaemon(host, command, { env, onFailure });
  };
  const loop = createController({
    which: { className: ingressClassName(NAMESPACE, controller) },
    render,
    effects: { ...effects, write },
    deadlineMs: DEADLINE_MS,
    signal,
  });
  return {
    async apply(objects) {
      const applied = await Promise.race([loop.apply(objects), failed]);
      if (applied) problems = applied.problems.filter(({ kind }) => kind !== 'other-class');
    },
    problems: () => problems,
    pid: masterPid,
    // The proxy alone, its workers included.
    cpuNs: async () => treeCpuTimeNs(await masterPid()),
    workers: async () => workersOf(controller, await masterPid()),
    async [Symbol.asyncDispose]() {
      await daemon?.[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The one that started all others: nothing else runs in the pod of a proxy for long. */
async function firstProcess(namespace: string): Promise<number> {
  const { stdout } = await exec(['ip', 'netns', 'pids', namespace]);
  const pids = stdout.split('\n').filter(Boolean).map(Number);
  if (pids.length === 0) throw new CommandError(`the proxy in ${namespace} has exited`);
  return Math.min(...pids);
}
