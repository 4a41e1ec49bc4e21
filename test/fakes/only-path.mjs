// Loaded before the command: the system's folders, which are looked into beside PATH, are not there. So a machine that lacks a program
// lacks it wherever the tests run.
import { promises } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const system = /^(\/usr\/local\/sbin|\/usr\/sbin|\/sbin|\/usr\/bin|\/bin)\//;
for (const name of ['access', 'stat']) {
  const real = promises[name];
  promises[name] = async (path, ...rest) => {
    if (system.test(path)) throw Object.assign(new Error(`ENOENT: ${path}`), { code: 'ENOENT', syscall: name });
    return real(path, ...rest);
  };
}
syncBuiltinESMExports();
