// A stand-in for the command: it enters a sandbox as `trafficlab lab` does. Argument: the file that the sandbox's work looks for.
import { spawn } from 'node:child_process';
import { dieWithParent } from './die-with-parent.mjs';
import { sandboxPrefix } from './sandbox.mjs';

dieWithParent();
const token = process.argv[2];
const inner = [process.execPath, new URL('./inner.mjs', import.meta.url).pathname, token];
const [file, ...args] = [...sandboxPrefix({ userNamespace: true }), ...inner];
spawn(file, args, { stdio: 'inherit' }).on('exit', (code, signal) => {
  console.log(`inner ended: ${code ?? signal}`);
  process.exitCode = code ?? 1;
});
