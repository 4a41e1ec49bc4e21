import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { type ControllerName, controllers } from '../../src/cluster/contract/topology.ts';
import { programs, skipWithout, versionOf } from './real-proxy.ts';
import { differences, differencesOf } from './request-differences.ts';
import { knownOutcomes, tableColumns, withRequestTable } from './request-table.ts';
import { requestCases } from './requests.ts';
import { runRequests } from './run-requests.ts';

const PAGE = new URL('../../docs/ingress-controllers.md', import.meta.url);
const seen: Partial<Record<ControllerName, readonly string[]>> = {};
const byName = (outcomes: readonly string[]) =>
  Object.fromEntries(requestCases.map(({ name }, index) => [name, outcomes[index]]));

afterAll(async () => {
  const { nginx, haproxy, traefik } = seen;
  if (process.env.TRAFFICLAB_WRITE_REQUESTS && nginx && haproxy && traefik)
    await writeFile(PAGE, withRequestTable(await readFile(PAGE, 'utf8'), { nginx, haproxy, traefik }));
});

describe.each(controllers)('requests as bytes, behind %s', (name) => {
  it('cases 5: come out as everywhere else, but for what is documented', { timeout: 60_000 }, async ({ skip }) => {
    skipWithout(name, skip);
    const version = await versionOf(name);
    if (!version?.startsWith(`${differencesOf[name]}.`))
      skip(`the table is about ${name} ${differencesOf[name]}, not ${version}`);
    const outcomes = await runRequests(name);
    seen[name] = outcomes;
    if (!process.env.TRAFFICLAB_WRITE_REQUESTS) expect(byName(outcomes)).toEqual(byName(knownOutcomes(name)));
  });
});

describe('the table of docs/ingress-controllers.md', () => {
  it('cases 5: has what the suite expects of each controller', async () => {
    const known = Object.fromEntries(controllers.map((name) => [name, knownOutcomes(name)])) as Record<ControllerName, string[]>;
    const page = await readFile(PAGE, 'utf8');
    if (!process.env.TRAFFICLAB_WRITE_REQUESTS) expect(page).toBe(withRequestTable(page, known));
  });

  it('has at least 40 requests, each name once', () => {
    const names = requestCases.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThanOrEqual(40);
    expect([...tableColumns].sort()).toEqual([...controllers].sort());
  });

  it('documents differences of requests that exist, and no difference that is none', () => {
    for (const { request, outcomes, why } of differences) {
      const { right } = requestCases.find(({ name }) => name === request) ?? {};
      expect({ request, right: right !== undefined, why: why.length > 20 }).toEqual({ request, right: true, why: true });
      expect(Object.values(outcomes)).not.toContain(right);
    }
    expect(new Set(differences.map(({ request }) => request)).size).toBe(differences.length);
  });
});

describe('cases 5, the rows by name', () => {
  it.each([
    ['cases 5.1: HTTP/1.0 without Host reaches the rules for any host, with a Host upstream', 'HTTP/1.0 without Host'],
    ['cases 5.2: the authority of absolute-form replaces Host (RFC 9112 3.2.2)', 'absolute-form, another Host'],
    ['cases 5.3: a dot at the end of Host', 'Host with a dot at its end'],
    ['cases 5.3: a dot at the end of Host, and a port', 'Host with a dot at its end and a port'],
    ['cases 5.4: a WebSocket is opened, and bytes go both ways', 'WebSocket'],
  ])('%s: has no difference', (_, request) => {
    expect(requestCases.some(({ name }) => name === request)).toBe(true);
    expect(differences.filter((one) => one.request === request)).toEqual([]);
    for (const name of controllers)
      if (programs[name] && seen[name])
        expect(byName(seen[name])[request]).toBe(requestCases.find((one) => one.name === request)!.right);
  });
});
