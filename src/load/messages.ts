import type { Echo } from '../workload/echo.ts';

/**
 * What the runner and a generator say to each other: jobs in, answers out, one JSON object a line.
 * A generator is one process at a vantage that lives as long as its standard input is open.
 */
export type Job = LoadJob | ConnectJob | HoldJob | ReleaseJob;

/** How requests come: closed, each of N connections sends its next request when the answer to the last has come. */
export interface Arrival {
  readonly closed: { readonly connections: number };
}

/** How connections are used: kept for all requests, or a fresh one for each request. */
export type ConnectionPolicy = 'kept' | 'fresh';

/** Where requests go. */
export interface Destination {
  readonly url: string;
  /** Other addresses of the same target: each connection goes to one of them or to `url`, at random, as a Service spreads its own. */
  readonly alternates?: readonly string[];
}

/** A warm-up, and a window cut into slices. */
export interface LoadJob {
  readonly id: number;
  readonly kind: 'load';
  readonly arrival: Arrival;
  readonly policy: ConnectionPolicy;
  readonly target: Destination;
  readonly warmupMs: number;
  readonly durationMs: number;
  /** A window is cut into slices of about this length, all of one length. */
  readonly sliceMs: number;
  /** The window ends here, whatever time is left. */
  readonly maxRequests: number;
  /** A request that takes longer is a time-out, and its connection is given up. */
  readonly timeoutMs: number;
}

/** N new connections one after another, one request each, held open until a release job: what proofs count. Ends early after three time-outs in a row. */
export interface ConnectJob {
  readonly id: number;
  readonly kind: 'connect';
  readonly url: string;
  readonly count: number;
  readonly timeoutMs: number;
}

/** N connections opened one by one and held open until a release job, nothing sent. */
export interface HoldJob {
  readonly id: number;
  readonly kind: 'hold';
  readonly url: string;
  readonly count: number;
  readonly timeoutMs: number;
}
export interface ReleaseJob {
  readonly id: number;
  readonly kind: 'release';
}

/** `slices` come while the job is done, any number of them; each other answer ends its job. */
export type Message = Slices | Answer;
export type Answer = LoadAnswer | ConnectAnswer | HoldAnswer | ReleaseAnswer | FailureAnswer;

/** The next slices of a window, sent once a second at the most: who reads them shares the processors with the load. */
export interface Slices {
  readonly id: number;
  readonly kind: 'slices';
  readonly slices: readonly Slice[];
}

/** A part of a window. The slices of a window follow one another without a gap, and their counts add up to its own. */
export interface Slice {
  /** Index among the targets of the job; 0 while a job has one. */
  readonly target: number;
  /** Since the window began. */
  readonly startNs: number;
  readonly lengthNs: number;
  /** Its end came later than it was due by more than a tenth of its length: the generator was busy, or had no CPU. */
  readonly late: boolean;
  /** Whole responses. */
  readonly requests: number;
  /** Requests lost, by code; the last slice has those too that were out when the window ended. */
  readonly errors: Readonly<Record<string, number>>;
  readonly timeouts: number;
}

/** A window: the sum of its slices, and what is measured once for all of them. */
export interface LoadAnswer {
  readonly id: number;
  readonly kind: 'load';
  /** Measured window without its warm-up, milliseconds. */
  readonly durationMs: number;
  readonly requests: number;
  /** HdrHistogram of microseconds, V2 compressed, base64. */
  readonly histogram: string;
  readonly statusCounts: Readonly<Record<string, number>>;
  /**
   * Requests lost, by code: those of the system, such as ECONNRESET, and those of the reader (`ResponseFault`): CLOSED where the server ended the
   * connection after the request was sent and before the first byte of the answer, CUT_OFF where it did so within the answer.
   */
  readonly errors: Readonly<Record<string, number>>;
  readonly timeouts: number;
  /** Kept connections only: connections of the window that were replaced with nothing lost. */
  readonly reconnects?: {
    /** The response said so: `Connection: close`, HTTP/1.0 without keep-alive, a body that ends with the connection (RFC 9112, 9.3 and 9.6). */
    readonly asked: number;
    /** The server ended it with no request out. */
    readonly idle: number;
  };
  readonly generator: {
    /** Share of one core that the process used in the window, 0 to 1 and over. */
    readonly cpuShare: number;
    /** performance.eventLoopUtilization() of the window, 0 to 1. */
    readonly eventLoopUtilization: number;
  };
  readonly ports: {
    readonly range: number;
    readonly timeWaitBefore: number;
    readonly timeWaitAfter: number;
    /** Ports that the window and its warm-up may use: those of the range that are not in TIME_WAIT. */
    readonly budget: number;
    /** Connections opened, warm-up included. */
    readonly used: number;
  };
  /** Segments this network namespace sent again during the window; undefined where the kernel does not tell. */
  readonly retransmits?: number;
}

export interface ConnectAnswer {
  readonly id: number;
  readonly kind: 'connect';
  readonly connections: readonly {
    readonly localAddress: string;
    readonly localPort: number;
    readonly status?: number;
    readonly echo?: Echo;
    readonly error?: string;
  }[];
}

export interface HoldAnswer {
  readonly id: number;
  readonly kind: 'hold';
  readonly localPorts: readonly number[];
  readonly errors: Readonly<Record<string, number>>;
}
export interface ReleaseAnswer {
  readonly id: number;
  readonly kind: 'release';
}
export interface FailureAnswer {
  readonly id: number;
  readonly kind: 'failure';
  readonly message: string;
}
