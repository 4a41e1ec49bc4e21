import { readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { controllers, tunings } from '../../src/cluster/contract/topology.ts';
import { buildModel } from '../../src/ingress/build-model.ts';
import { proxies, proxyNames } from '../../src/ingress/proxy.ts';
import { renderTraefikStatic, traefikEnvironment } from '../../src/ingress/traefik.ts';
import { traefikArguments } from '../../src/ingress/tuned-lines.ts';
import { type Setting, type SettingName, settingsOf, shippedVersions, tuningTable } from '../../src/ingress/tuning.ts';
import { exec } from '../../src/process/exec.ts';
import { folderOfTest } from '../support/folder.ts';
import { ingress, service, slice } from './objects.ts';
import { CLASS, programs, skipWithout } from './real-proxy.ts';
import { tuningMarkdown } from './tuning-markdown.ts';

const model = buildModel(
  {
    ingresses: [ingress('a', { 'a.example': [['/', 'Prefix', 'red']] })],
    classes: [],
    services: [service('red')],
    endpointSlices: [slice('red', [{ address: '127.0.0.1', port: 8080 }])],
  },
  { className: CLASS },
);
const options = { folder: '/f', port: 18_080, statusPort: 18_081 };
const entries = (name: (typeof controllers)[number]) => Object.entries(tuningTable[name]) as [SettingName, Setting][];
/** What a directive is called where it is written: "keepalive_timeout (upstream)" is "keepalive_timeout". */
const word = (directive: string) => directive.replace(/ \(.*/, '').split('.').at(-1)!;

describe('the tuning fair', () => {
  it('cases 5.5: is the same for every proxy in every setting, but for one that traefik does not have', () => {
    const [one, ...others] = controllers.map((name) => settingsOf(name, 'fair'));
    const differing = Object.keys(one!).filter((key) =>
      others.some((other) => other[key as SettingName] !== one![key as SettingName]),
    );
    expect(differing).toEqual(['responseHeaderBytes']);
    expect(tuningTable.traefik.responseHeaderBytes.directive).toBeUndefined();
  });

  it.each(proxyNames)('cases 5.5: %s is told each setting in which it ships with another value', (name) => {
    const { text } = proxies[name].render(model, options);
    const changed = entries(name).filter(([, setting]) => setting.fair !== setting.defaults && setting.directive);
    expect(changed.length).toBeGreaterThan(5);
    expect(changed.map(([, setting]) => word(setting.directive!)).filter((directive) => !text.includes(directive))).toEqual([]);
  });

  it('cases 5.5: traefik is told the same in its file and in its arguments, and how many cores to use', () => {
    const { entryPoints, serversTransport } = parse(renderTraefikStatic(options));
    expect(entryPoints.web).toMatchObject({
      transport: { respondingTimeouts: { readTimeout: '3600s', idleTimeout: '3600s' } },
      http: { maxHeaderBytes: 32_768 },
    });
    expect(traefikArguments('fair', 'web')).toEqual([
      '--entrypoints.web.transport.respondingtimeouts.readtimeout=3600s',
      '--entrypoints.web.transport.respondingtimeouts.idletimeout=3600s',
      '--entrypoints.web.http.maxheaderbytes=32768',
      `--serverstransport.maxidleconnsperhost=${serversTransport.maxIdleConnsPerHost}`,
      `--serverstransport.forwardingtimeouts.dialtimeout=${serversTransport.forwardingTimeouts.dialTimeout}`,
      `--serverstransport.forwardingtimeouts.responseheadertimeout=${serversTransport.forwardingTimeouts.responseHeaderTimeout}`,
      `--serverstransport.forwardingtimeouts.idleconntimeout=${serversTransport.forwardingTimeouts.idleConnTimeout}`,
    ]);
    expect(traefikEnvironment({ tuning: 'fair' })).toEqual({ GOMAXPROCS: '1' });
  });

  it('is what a configuration without a tuning gets', () => {
    for (const name of proxyNames)
      expect(proxies[name].render(model, options)).toEqual(proxies[name].render(model, { ...options, tuning: 'fair' }));
  });
});

describe('the tuning defaults', () => {
  it.each(proxyNames)('cases 5.5: tells %s nothing that it would decide by itself', (name) => {
    const { text } = proxies[name].render(model, { ...options, tuning: 'defaults' });
    const told = entries(name)
      .flatMap(([, { directive }]) => directive ?? [])
      .filter((directive) => {
        const line = new RegExp(`^\\s*(default-server .*)?${word(directive)}\\b`, 'm');
        return line.test(text);
      });
    // haproxy logs nothing by "log" here but what concerns the process; nginx has to be told where its access log goes.
    expect(told).toEqual(name === 'nginx' ? ['access_log'] : ['log']);
    expect(text).not.toMatch(/proxy_set_header Connection|log global/);
  });

  it('cases 5.5: tells traefik nothing', () => {
    expect(traefikArguments('defaults', 'web')).toEqual([]);
    expect(traefikEnvironment({ tuning: 'defaults' })).toEqual({});
    const { entryPoints, serversTransport } = parse(renderTraefikStatic({ ...options, tuning: 'defaults' }));
    expect([Object.keys(entryPoints.web), serversTransport]).toEqual([['address'], undefined]);
  });

  it('of nginx are others from 1.29.7 on, when it began to keep connections to backends', () => {
    const keeps = (version?: string) => settingsOf('nginx', 'defaults', version).upstreamIdleConnections;
    expect(['1.22.1', '1.28.0', '1.29.6', undefined].map(keeps)).toEqual([0, 0, 0, 0]);
    expect(['1.29.7', '1.30.3', '1.31.0', '2.0.0'].map(keeps)).toEqual([32, 32, 32, 32]);
    expect(settingsOf('nginx', 'fair', '1.30.0')).toEqual(settingsOf('nginx', 'fair'));
    expect(settingsOf('haproxy', 'defaults', '3.2.1')).toEqual(settingsOf('haproxy', 'defaults'));
  });

  it('each have a source', () => {
    for (const name of controllers)
      for (const [setting, { source }] of entries(name)) expect(source, `${name} ${setting}`).toMatch(/^https:\/\//);
  });

  it('of traefik are what the program itself says', async ({ skip }) => {
    skipWithout('traefik', skip);
    const { stdout } = await exec([programs.traefik!, '--help']);
    const said = (option: string) => new RegExp(`--${option}\\s+\\(Default: "([^"]*)"\\)`).exec(stdout)?.[1];
    const shipped = settingsOf('traefik', 'defaults');
    const times = ['dialtimeout', 'idleconntimeout', 'responseheadertimeout'].map((option) =>
      said(`serverstransport.forwardingtimeouts.${option}`),
    );
    expect(times).toEqual([seconds(shipped.upstreamConnectMs), seconds(shipped.upstreamIdleMs), '0']);
    const client = ['readtimeout', 'idletimeout'].map((option) =>
      said(`entrypoints.<name>.transport.respondingtimeouts.${option}`),
    );
    expect(client).toEqual([seconds(shipped.clientBodyMs), seconds(shipped.clientIdleMs)]);
    expect(said('serverstransport.maxidleconnsperhost')).toBe(String(shipped.upstreamIdleConnections));
    expect(said('entrypoints.<name>.http.maxheaderbytes')).toBe(String(shipped.requestHeaderBytes));
    expect(said('accesslog')).toBe('false');
  });

  it('of haproxy are what the program itself says', async ({ skip }) => {
    skipWithout('haproxy', skip);
    const { stdout } = await exec([programs.haproxy!, '-vv']);
    const [, size, rewrite] = /bufsize = (\d+), maxrewrite = (\d+)/.exec(stdout)!;
    expect(Number(size) - Number(rewrite)).toBe(settingsOf('haproxy', 'defaults').requestHeaderBytes);
    expect(stdout).toContain(`default=${availableParallelism()})`);
  });
});

const seconds = (ms: number | 'unlimited') => String(Number(ms) / 1000);

describe.each(tunings)('a configuration of the tuning %s', (tuning) => {
  it.for(proxyNames)('is taken by %s', async (name, { skip }) => {
    skipWithout(name, skip);
    const folder = await folderOfTest(`${name}-${tuning}`);
    const { render, check, file } = proxies[name];
    await writeFile(join(folder, file), render(model, { ...options, folder, tuning }).text);
    const { exitCode, stderr } = await exec(check(programs[name]!, join(folder, file)), { accept: 'any' });
    expect(exitCode, stderr).toBe(0);
  });
});

it('cases 5.5: docs/ingress-controllers.md has the table of what each is set to', async () => {
  const docs = await readFile(fileURLToPath(new URL('../../docs/ingress-controllers.md', import.meta.url)), 'utf8');
  expect(docs).toContain(tuningMarkdown());
  for (const [name, version] of Object.entries(shippedVersions))
    expect(docs.replaceAll('\n', ' ')).toContain(`${name} ${version}`);
});
