import type { PreparedRequest } from './address.ts';
import type { LoadAnswer, LoadJob } from './messages.ts';
import type { Window } from './window.ts';

/** A connection policy at work on one job: it sends requests as the job's arrival asks, and reports each of them to the window. */
export interface Sender {
  /** Opens connections and sends; settles when nothing is out any more. */
  send(): Promise<void>;
  windowBegins(): void;
  windowEnds(): void;
  /** Gives up what is out. */
  stop(): void;
  /** Connections opened, warm-up included. */
  used(): number;
  /** What only this policy counts. */
  counts(): Pick<LoadAnswer, 'reconnects'>;
}

export interface SenderContext {
  readonly job: LoadJob;
  readonly window: Window;
  /** A request to each address of the target. */
  readonly requests: readonly PreparedRequest[];
  /** Ports that the job may use. */
  readonly budget: number;
  /** Where each fresh connection comes from. */
  readonly nextPort: () => number;
}
