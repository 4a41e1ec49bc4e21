/** What the echo server answers with, as JSON. */
export interface Echo {
  readonly pod: string;
  readonly node: string;
  /** The client's address and port as the pod saw them. */
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** X-Forwarded-For as it came; absent where nobody wrote it. Told with what follows only then: a proxy stands between. */
  readonly forwardedFor?: string;
  /** Which request this was on its connection, from 1: more than 1 where a proxy uses its connection to the pod again. */
  readonly requestOfConnection?: number;
}
