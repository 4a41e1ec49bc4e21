import { get } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Echo } from '../../src/workload/echo.ts';
import { type Ask, serviceOfPod } from './conformance.ts';
import { LOOPBACK } from './real-proxy.ts';

/** Asks a controller on a port of this machine. */
export const asking =
  (port: number): Ask =>
  (host, path, headers = {}) =>
    new Promise((resolve, reject) => {
      const options = { host: LOOPBACK, port, path, headers: { ...headers, host }, agent: false as const, timeout: 5_000 };
      const request = get(options, async (response) => {
        const body = await text(response);
        const status = response.statusCode!;
        if (status !== 200) return resolve({ status });
        const { pod, forwardedFor } = JSON.parse(body) as Echo;
        resolve({ status, service: serviceOfPod(pod), ...(forwardedFor === undefined ? {} : { forwardedFor }) });
      });
      request.on('error', reject);
    });
