import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { ipvsIn } from '../../../src/cluster/engine/kernel.ts';

const KERNEL = '6.12.54';
const modules = `/lib/modules/${KERNEL}`;
const withIpvs = 'kernel/net/netfilter/ipvs/ip_vs.ko.zst: kernel/net/netfilter/nf_conntrack.ko.zst\n';

/** A machine that has these files and no others. */
const machine = (files: Readonly<Record<string, string | Buffer>>) => async (path: string) => {
  const content = files[path];
  if (content === undefined) throw Object.assign(new Error(`ENOENT: ${path}`), { code: 'ENOENT' });
  return Buffer.from(content);
};

test.each<[string, Readonly<Record<string, string | Buffer>>, boolean | undefined]>([
  ['the table is there', { '/proc/net/ip_vs': 'IP Virtual Server version 1.2.1 (size=4096)\n' }, true],
  ['built in, by its configuration', { '/proc/config.gz': gzipSync('CONFIG_IP_VS=y\n') }, true],
  ['built in, by the list of built-in modules', { [`${modules}/modules.builtin`]: 'kernel/net/netfilter/ipvs/ip_vs.ko\n' }, true],
  ['a module that is installed', { [`${modules}/modules.dep`]: withIpvs }, true],
  ['a module, and no list of modules', { '/proc/config.gz': gzipSync('CONFIG_IP_VS=m\n') }, true],
  [
    'a module that is not installed',
    { '/proc/config.gz': gzipSync('CONFIG_IP_VS=m\n'), [`${modules}/modules.dep`]: 'kernel/a.ko:\n' },
    false,
  ],
  ['not in its configuration', { '/proc/config.gz': gzipSync('# CONFIG_IP_VS is not set\nCONFIG_IP_VS_NFCT=y\n') }, false],
  ['not in the configuration under /boot', { [`/boot/config-${KERNEL}`]: '# CONFIG_IP_VS is not set\n' }, false],
  ['not among its modules', { [`${modules}/modules.dep`]: 'kernel/net/netfilter/nf_conntrack.ko:\n' }, false],
  ['another kernel than the one whose modules are there', { '/lib/modules/5.4.0/modules.dep': withIpvs }, undefined],
  ['nothing can be read', {}, undefined],
])('IP_VS: %s', async (_what, files, has) => {
  expect(await ipvsIn(machine(files), KERNEL)).toBe(has);
});
