import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildModel } from '../../src/ingress/build-model.ts';
import type { IngressObjects } from '../../src/ingress/model.ts';
import { proxies, proxyCommand, proxyNames } from '../../src/ingress/proxy.ts';
import { renderTraefik } from '../../src/ingress/traefik.ts';
import { exec } from '../../src/process/exec.ts';
import { startEcho } from '../../src/workload/echo-server.ts';
import { folderOfTest } from '../support/folder.ts';
import { asking } from './asking.ts';
import { backend, ingress, type PathOf, service, slice } from './objects.ts';
import { CLASS, LOOPBACK, programs, skipWithout, startProxy } from './real-proxy.ts';

/** Every character that a path may have. */
const odd = "/a-Z09._~!$&'()*+,;=:@";
const paths: readonly PathOf[] = [
  [odd, 'Exact', 'red'],
  [`${odd}/deep`, 'Prefix', 'red'],
  ['/slash/', 'Exact', 'red'],
  ['/', 'Prefix', 'none'],
];
const objects = (port: number) => ({
  ingresses: [
    ingress('a', { 'a.example': paths, '*.example': paths, 'x.a-very-long-name-of-a-host.example': paths, '': paths }),
    ingress('b', { 'b.example': [['/', 'Prefix', 'missing']] }, { defaultBackend: backend('red') }),
  ],
  classes: [],
  services: [service('red'), service('none')],
  endpointSlices: [slice('red', [{ address: LOOPBACK, port }])],
});
const nothing = { ingresses: [], classes: [], services: [], endpointSlices: [] };
const modelOf = (of: Parameters<typeof buildModel>[0]) => buildModel(of, { className: CLASS });

describe.each(proxyNames)('the configuration of %s', (name) => {
  it.for<[string, IngressObjects]>([
    ['nothing', nothing],
    ['every kind of rule', objects(8080)],
  ])('for %s passes its own syntax check, without a warning', async ([, of], { skip }) => {
    skipWithout(name, skip);
    const folder = await folderOfTest(name);
    const { render, check, file } = proxies[name];
    const { text } = render(modelOf(of), { folder, port: 18_080, statusPort: 18_081 });
    await writeFile(join(folder, file), text);
    const { stdout, stderr } = await exec(check(programs[name]!, join(folder, file)));
    // Nobody but root may change user, and nginx says so to everyone else.
    expect(
      `${stdout}${stderr}`.replace(/.*the "user" directive makes sense only.*|^Configuration file is valid$/gm, '').trim(),
    ).toBe('');
  });

  // What a sandbox of netns is: root of a user namespace in which no other user exists.
  it('runs where one user alone is mapped, and tells paths of all characters apart', async ({ skip }) => {
    skipWithout(name, skip);
    await using red = await startEcho({ port: 0, address: LOOPBACK, pod: 'red-0', node: 'n' });
    await using proxy = await startProxy(name, ['unshare', '--user', '--map-root-user']);
    await proxy.apply(objects(red.port));
    const ask = asking(proxy.port);
    const answers = await Promise.all(
      [odd, `${odd}/deep/er`, `${odd}/`, '/slash/', '/slash'].map((path) => ask('a.example', path)),
    );
    expect(answers.map(({ status, service: served }) => served ?? status)).toEqual(['red', 'red', 503, 'red', 503]);
    expect(await ask('b.example', '/')).toEqual({ status: 503 });
    // nginx says so and goes on: no other group exists that it could join.
    expect(proxy.said().replace(/.*initgroups\(root, 0\) failed.*/, '')).not.toMatch(/emerg|permission denied/i);
  });

  it('is called by a hash of its own, the same for the same objects in any order', () => {
    const render = (of: typeof nothing) => proxies[name].render(modelOf(of), { folder: '/f', port: 1, statusPort: 2 });
    const { ingresses, services, ...rest } = objects(8080);
    const one = render(objects(8080) as never);
    const other = render({ ...rest, ingresses: ingresses.toReversed(), services: services.toReversed() } as never);
    expect(one).toEqual(other);
    expect(one.generation).toMatch(/^[0-9a-f]{16}$/);
    expect(one.text).toContain(one.generation);
    expect(render(nothing).generation).not.toBe(one.generation);
  });
});

describe('proxyCommand', () => {
  it('cases 6: waits for a configuration that the proxy takes, and hands the shell nothing to read', async () => {
    const folder = await folderOfTest('command $(x)');
    const [sh, ...args] = proxyCommand('haproxy', folder, 'echo');
    expect(args[1]).not.toContain(folder);
    await writeFile(join(folder, 'haproxy.cfg'), '');
    const { stdout } = await exec([sh!, ...args]);
    expect(stdout.split('\n')).toEqual([`-c -f ${folder}/haproxy.cfg`, `-W -f ${folder}/haproxy.cfg`]);
  });
});

describe('renderTraefik', () => {
  it('puts the nearer rule before the longer one', () => {
    const { text } = renderTraefik(modelOf(objects(8080)));
    expect(text).toMatch(/Host\(`a\.example`\) && PathPrefix\(`\/`\)[\s\S]*HostRegexp\(`\^\[\^\.\]\+\\\.example\\\.\?\$`\)/);
  });
});
