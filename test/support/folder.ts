import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A folder for the test that is running, gone with it. */
export async function folderOfTest(name: string): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), `trafficlab-${name}-`));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}
