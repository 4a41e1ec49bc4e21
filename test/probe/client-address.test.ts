import { expect, test } from 'vitest';
import { clientAddressOf } from '../../src/probe/client-address.ts';
import type { Echo } from '../../src/workload/echo.ts';

const echo = (remoteAddress: string, proxied: Partial<Echo> = {}): Echo => ({
  pod: 'echo-1',
  node: 'worker',
  remoteAddress,
  remotePort: 40_000,
  ...proxied,
});

test('the address survives as the source of the connection', () => {
  expect(clientAddressOf([echo('::ffff:172.18.0.5'), echo('172.18.0.5')], '172.18.0.5')).toEqual({
    client: '172.18.0.5',
    seen: ['172.18.0.5'],
    found: 'source',
  });
});

test('a node that masquerades takes it away', () => {
  expect(clientAddressOf([echo('172.18.0.3')], '172.18.0.5')?.found).toBe('nowhere');
});

test('a proxy hands it on in X-Forwarded-For, and uses its connections again', () => {
  const echoes = [1, 2, 3, 1].map((requestOfConnection) =>
    echo('10.244.1.7', { forwardedFor: '172.18.0.5', requestOfConnection }),
  );
  expect(clientAddressOf(echoes, '172.18.0.5')).toEqual({
    client: '172.18.0.5',
    seen: ['10.244.1.7'],
    found: 'forwarded-for',
    forwardedFor: ['172.18.0.5'],
    backendConnectionsReused: 0.5,
  });
});

test('a proxy that is reached through a masquerading node does not know it', () => {
  const echoes = [echo('10.244.1.7', { forwardedFor: '172.18.0.3', requestOfConnection: 1 })];
  expect(clientAddressOf(echoes, '172.18.0.5')).toMatchObject({ found: 'nowhere', forwardedFor: ['172.18.0.3'] });
});

test('nobody answered, nobody saw anything', () => {
  expect(clientAddressOf([], '172.18.0.5')).toBeUndefined();
});
