import { readFile } from 'node:fs/promises';
import { exec } from '../../process/exec.ts';
import type { Obstacle } from '../contract/obstacle.ts';
import { type Environment, sandboxPrefix } from './sandbox.ts';

/** A sandbox that ends at once takes milliseconds; a machine that is out of memory may never make one. */
export const LOOK_MS = 30_000;

/** Why there can be no sandbox on this machine, or nothing; it is tried with one that ends at once. */
export async function inspectSandbox(env: Environment = {}): Promise<Obstacle | undefined> {
  const prefix = sandboxPrefix({ userNamespace: process.getuid?.() !== 0, env });
  const tried = await exec([...prefix, 'true'], { accept: 'any', timeoutMs: LOOK_MS }).catch((error: Error) => error);
  if (!(tried instanceof Error) && tried.exitCode === 0) return undefined;
  const seen = tried instanceof Error ? tried.message : tried.stderr.trim().split('\n').at(-1) || `exit code ${tried.exitCode}`;
  return (await knownObstacle()) ?? { code: 'namespaces-fail', said: seen };
}

/** What the kernel and its security modules are set to; undefined where they have no such setting. */
interface Settings {
  readonly unprivilegedClone: string | undefined;
  readonly mostUserNamespaces: string | undefined;
  readonly appArmorRestricts: string | undefined;
}

async function knownObstacle(): Promise<Obstacle | undefined> {
  const [unprivilegedClone, mostUserNamespaces, appArmorRestricts] = await Promise.all([
    setting('kernel/unprivileged_userns_clone'),
    setting('user/max_user_namespaces'),
    setting('kernel/apparmor_restrict_unprivileged_userns'),
  ]);
  return namespaceObstacle({ unprivilegedClone, mostUserNamespaces, appArmorRestricts }, process.getuid?.() === 0);
}

/** The setting that keeps a user from namespaces, in the order in which they are met: Debian's, the kernel's own, Ubuntu 24.04's. */
export function namespaceObstacle(
  { unprivilegedClone, mostUserNamespaces, appArmorRestricts }: Settings,
  isRoot: boolean,
): Obstacle | undefined {
  if (isRoot) return undefined; // root goes without a user namespace
  if (mostUserNamespaces === '0') return { code: 'namespaces-closed', by: 'kernel' };
  if (unprivilegedClone === '0') return { code: 'namespaces-closed', by: 'debian' };
  if (appArmorRestricts === '1') return { code: 'namespaces-closed', by: 'apparmor' };
  return undefined;
}

const setting = (name: string): Promise<string | undefined> =>
  readFile(`/proc/sys/${name}`, 'utf8').then(
    (text) => text.trim(),
    () => undefined,
  );
