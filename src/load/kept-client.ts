import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { createResponseReader, type ResponseFault } from './response.ts';

/** autocannon puts its callbacks on the parser, by the numbers that http-parser-js has for them. */
const ON_HEAD = 2;
const ON_COMPLETE = 4;
const NO_HEADERS: readonly string[] = [];

/** What is used of autocannon's client, in part inner: package.json pins the version, and the tests would see a change. */
export interface Client extends EventEmitter {
  timeout: number;
  responseMax?: number;
  parser: Parser;
  readonly conn?: Socket;
  readonly pipelinedRequests: { size(): number };
  _connect(): void;
  _doRequest(): void;
  _destroyConnection(): void;
  destroy(): void;
}

interface Parser {
  execute(chunk: Buffer): void;
  [ON_HEAD]?(head: { readonly statusCode: number; readonly headers: readonly string[] }): void;
  [ON_COMPLETE]?(): void;
}

/** Why a client opens a new connection though nothing failed; the terms are those of the answer (`LoadAnswer`). */
export type ReconnectReason = 'asked' | 'idle';

export interface Follower {
  /** A connection is about to be opened. */
  opens(): void;
  /** A request was lost, or a response came that is not one; a system's error is not among these. */
  fails(fault: ResponseFault): void;
  reconnects(reason: ReconnectReason): void;
  /** No request is to follow those that are out. */
  isEnding(): boolean;
}

/**
 * Makes an autocannon client conform to RFC 9112: our own reader in the place of its parser, and no request on a connection that the server
 * said it would close (9.6) or that faulty bytes came from. Without this, autocannon also pairs the responses of a new connection with the
 * requests of the old one. A request that has to wait for its new connection began when it could have been sent: its latency has the connect.
 */
export function makeConforming(client: Client, follower: Follower): void {
  const reader = createResponseReader();
  const connect = client._connect;
  const send = client._doRequest;
  let leaves: ReconnectReason | 'fault' | undefined;
  client.parser = {
    execute: (chunk) => {
      if (reader.push(chunk)) settle();
    },
  };

  // autocannon asks for a connection at the start, and after an end, an error and a time-out.
  client._connect = () => {
    const { conn } = client;
    if (!conn?.readableEnded || conn.errored) {
      open();
    } else if (client.pipelinedRequests.size() === 0) {
      follower.reconnects('idle');
      open();
    } else {
      reader.end();
      settle();
    }
  };

  // autocannon calls this for the next request, as soon as a response is complete.
  client._doRequest = () => {
    if (leaves === undefined || follower.isEnding()) {
      send.call(client);
    } else {
      if (leaves !== 'fault') follower.reconnects(leaves);
      open();
    }
  };

  function settle(): void {
    const { complete, fault, status, keepsConnection } = reader;
    if (!complete) {
      follower.fails(fault!);
      open();
      return;
    }
    leaves = fault ? 'fault' : keepsConnection ? undefined : 'asked';
    reader.reset();
    client.parser[ON_HEAD]?.({ statusCode: status, headers: NO_HEADERS });
    if (fault) follower.fails(fault);
    client.parser[ON_COMPLETE]?.();
  }

  function open(): void {
    leaves = undefined;
    reader.reset();
    if (client.conn) {
      reset(client.conn);
      client._destroyConnection();
    }
    if (client.conn && follower.isEnding()) {
      client.destroy();
    } else {
      follower.opens();
      connect.call(client);
    }
  }
}

/** Ends a connection without a TIME_WAIT, which would take a port from the window. */
export function reset(connection: Socket): void {
  if (connection.readyState === 'open') connection.resetAndDestroy();
}
