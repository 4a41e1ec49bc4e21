import { readFileSync } from 'node:fs';
import { arch, cpus, hostname, loadavg, release, totalmem, version } from 'node:os';

/** What is the same for every cluster of a run: the machine that the load generators and, mostly, the clusters run on. */
export const machineFacts = (): Record<string, unknown> => ({
  ...kernelCommandLine(),
  hostname: hostname(),
  kernel: release(),
  kernelBuild: version(),
  architecture: arch(),
  cpuModel: cpus()[0]?.model ?? 'unknown',
  cpus: cpus().length,
  memoryMiB: Math.floor(totalmem() / 2 ** 20),
  node: process.version,
  loadAverage: loadavg(),
});

/** How the kernel was told to work, mitigations among it; nothing where there is no procfs. */
function kernelCommandLine(): { kernelCommandLine?: string } {
  try {
    return { kernelCommandLine: readFileSync('/proc/cmdline', 'utf8').trim() };
  } catch {
    return {};
  }
}
