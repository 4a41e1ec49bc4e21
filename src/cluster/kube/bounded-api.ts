import { setTimeout as delay } from 'node:timers/promises';
import type { ApiConstructor, ApiType, KubeConfig, RequestContext, ResponseContext } from '@kubernetes/client-node';
import { InterruptedError, TimeoutError } from '../../errors.ts';
import { OutOfTime, within } from '../../waiting/wait.ts';

/** Bounds of every call to an API server, its credential plugin included. */
export interface CallBounds {
  /** Of one call with its answer's body, milliseconds. Default 30 s. */
  readonly timeoutMs?: number;
  /** Ends a call at once. */
  readonly signal?: AbortSignal;
}

export type MakeApi = <T extends ApiType>(Api: ApiConstructor<T>) => T;

/** The client library; it takes most of a second to load, so who needs it loads it late. */
export type ClientLibrary = typeof import('@kubernetes/client-node');

/** A busy API server on two cores answers within seconds; client-go's tools take 30 s for a request, too. */
const CALL_MS = 30_000;

/** Of an answer 429 without a Retry-After that can be read. */
const RETRY_AFTER_S = 1;

/**
 * Makes API clients whose calls end: the library sets no time-out of its own, so a server that accepts a connection and says nothing would be
 * waited for without end. An answer 429 is asked again when it says, because the server has not executed it (KEP-1040, as client-go does).
 * @returns a maker of clients. Their calls throw TimeoutError with the call and the server, or InterruptedError when the signal fires.
 */
export function boundedApis(
  library: ClientLibrary,
  config: KubeConfig,
  { timeoutMs = CALL_MS, signal }: CallBounds = {},
): MakeApi {
  const { createConfiguration, IsomorphicFetchHttpLibrary, ServerConfiguration, wrapHttpLibrary } = library;
  const server = config.getCurrentCluster()?.server ?? '';
  const fetching = new IsomorphicFetchHttpLibrary();
  const bounds = { timeoutMs, ...(signal ? { signal } : {}) };

  const bounded = <T>(what: string, work: (stop: AbortSignal) => Promise<T>): Promise<T> =>
    within(bounds, work).catch((error: unknown) => {
      if (error instanceof InterruptedError) throw new InterruptedError(`stopped: ${what}`);
      if (!(error instanceof OutOfTime)) throw error;
      throw new TimeoutError(`the API server at ${server} did not answer within ${timeoutMs / 1_000} s: ${what}`, {
        remedy: `check it with: kubectl --server ${server} get --raw /readyz`,
      });
    });

  const send = (request: RequestContext): Promise<ResponseContext> =>
    bounded(`${request.getHttpMethod()} ${new URL(request.getUrl()).pathname}`, async (stop) => {
      request.setSignal(stop);
      for (;;) {
        const response = await fetching.send(request).toPromise();
        // The body is read here, so that a server that stalls in the midst of it is bounded too.
        const body = await response.body.binary();
        if (response.httpStatusCode !== 429) return Object.assign(response, { body: readBody(body) });
        await delay(1_000 * retryAfterSeconds(response), undefined, { signal: stop });
      }
    });

  // An exec plugin runs here, which may hang as well.
  const authentication = {
    getName: () => 'kubeconfig',
    applySecurityAuthentication: (request: RequestContext) =>
      bounded('credentials of the kubeconfig user', () => config.applySecurityAuthentication(request)),
  };
  return (Api) =>
    new Api(
      createConfiguration({
        baseServer: new ServerConfiguration(server, {}),
        authMethods: { default: authentication },
        httpApi: wrapHttpLibrary({ send }),
      }),
    );
}

const readBody = (body: Buffer): ResponseContext['body'] => ({
  binary: async () => body,
  text: async () => body.toString('utf8'),
});

const retryAfterSeconds = ({ headers }: ResponseContext): number => {
  const seconds = Number(headers['retry-after'] ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : RETRY_AFTER_S;
};
