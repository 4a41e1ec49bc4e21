import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import type { CoreV1Event } from '@kubernetes/client-node';
import { describe, expect, it, onTestFinished } from 'vitest';
import { eventOf, eventReporter } from '../../src/ingress/events.ts';
import type { IngressProblem } from '../../src/ingress/problems.ts';
import { ingress } from './objects.ts';

const made = { ...ingress('web', {}), metadata: { name: 'web', namespace: 'shop', uid: 'u-1' } };
const bad: IngressProblem = { kind: 'bad-host', ingress: 'shop/web', host: 'A' };

/** An API server that takes Events, each name once. */
async function startServer(status?: number) {
  const events: CoreV1Event[] = [];
  const server = createServer(async (request, response) => {
    const event = (await json(request)) as CoreV1Event;
    const known = events.some(({ metadata }) => metadata.name === event.metadata.name);
    if (!known && status === undefined) events.push(event);
    response.writeHead(status ?? (known ? 409 : 201)).end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { events, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}
const { signal } = new AbortController();

describe('eventReporter', () => {
  it('cases 6: makes one Event on the Ingress of each problem, whoever reports it and however often', async () => {
    const { events, url } = await startServer();
    const one = eventReporter({ url }, 'trafficlab.dev/nginx', signal);
    const other = eventReporter({ url }, 'trafficlab.dev/nginx', signal);
    const problems: IngressProblem[] = [bad, { kind: 'refused', ingress: 'shop/web', said: 'unknown directive' }];
    await one(problems, [made]);
    await one(problems, [made]);
    await other(problems, [made]);
    expect(events).toMatchObject([
      { involvedObject: { kind: 'Ingress', name: 'web', namespace: 'shop', uid: 'u-1' }, type: 'Warning', reason: 'BadHost' },
      { reason: 'Refused', message: expect.stringContaining('unknown directive'), source: { component: 'trafficlab.dev/nginx' } },
    ]);
  });

  it('makes none of what is another controller’s, or of pods that come and go', async () => {
    const { events, url } = await startServer();
    const problems: IngressProblem[] = [
      { kind: 'other-class', ingress: 'shop/web' },
      { kind: 'no-endpoints', ingress: 'shop/web', service: 'shop/x', port: 80 },
      { ...bad, ingress: 'shop/gone' },
    ];
    await eventReporter({ url }, 'c', signal)(problems, [made]);
    expect(events).toEqual([]);
  });

  it('says what the API server said', async () => {
    const { url } = await startServer(403);
    await expect(eventReporter({ url }, 'c', signal)([bad], [made])).rejects.toMatchObject({ status: 403 });
  });

  it('keeps to the limits of names and messages', () => {
    const name = `${'a'.repeat(229)}.${'b'.repeat(20)}`;
    const long: IngressProblem = { kind: 'refused', ingress: `shop/${name}`, said: 'x'.repeat(5_000) };
    const event = eventOf(long, { ...made, metadata: { ...made.metadata, name } }, 'c', new Date());
    expect(event.metadata.name).toMatch(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/);
    expect(event.metadata.name!.length).toBeLessThanOrEqual(253);
    expect(event.message!.length).toBeLessThanOrEqual(1_024);
  });
});
