import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { runConnect } from '../../src/load/connect.ts';
import { startEcho } from '../../src/workload/echo-server.ts';
import { never } from '../load/load-job.ts';

const start = () => startEcho({ port: 0, address: '127.0.0.1', pod: 'echo-1', node: 'worker-2' });

describe('startEcho', () => {
  it('says which pod and node answered, and whose address and port it saw', async () => {
    await using echo = await start();
    const url = `http://127.0.0.1:${echo.port}/any/path`;
    const { connections } = await runConnect({ id: 1, kind: 'connect', url, count: 3, timeoutMs: 5_000 }, never, () => {});
    expect(connections).toHaveLength(3);
    for (const { localAddress, localPort, status, echo: seen, error } of connections) {
      expect({ status, error }).toEqual({ status: 200 });
      expect(seen).toEqual({ pod: 'echo-1', node: 'worker-2', remoteAddress: localAddress, remotePort: localPort });
    }
    expect(new Set(connections.map(({ localPort }) => localPort)).size).toBe(3);
  });

  it('is healthy as soon as it has started', async () => {
    await using echo = await start();
    const response = await fetch(`http://127.0.0.1:${echo.port}/healthz`);
    expect([response.status, await response.text()]).toEqual([200, 'ok']);
  });

  it('answers several requests on one connection, each with the same echo, and keeps it open', async () => {
    await using echo = await start();
    const socket = connect(echo.port, '127.0.0.1');
    socket.write(
      'GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
    );
    const bodies = (await text(socket)).match(/\{.*\}/g);
    expect(bodies).toHaveLength(3);
    expect(new Set(bodies).size).toBe(1);
  });

  it('lets several servers live in one process, each its own pod', async () => {
    await using first = await start();
    await using second = await startEcho({ port: 0, address: '127.0.0.2', pod: 'echo-2', node: 'worker-1' });
    const pods = await Promise.all(
      [first, second].map(
        async ({ address, port }) => (await (await fetch(`http://${address}:${port}/`)).json()) as { pod: string },
      ),
    );
    expect(pods.map(({ pod }) => pod)).toEqual(['echo-1', 'echo-2']);
  });
});
