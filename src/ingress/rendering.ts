import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { Tuning } from '../cluster/contract/topology.ts';

/** A configuration as text, and the name by which `/generation` of the status listener tells that it is in effect. */
export interface Rendering {
  readonly text: string;
  readonly generation: string;
}

/** What every proxy is told beside the model; all paths lie in one folder, so that an ordinary user needs no other. */
export interface ProxyOptions {
  /** Absolute, without a slash at its end; configuration, pid file and temporary files lie in it. */
  readonly folder: string;
  readonly port: number;
  /** `/healthz` answers "ok" and `/generation` the hash of the configuration, over plain HTTP. */
  readonly statusPort: number;
  /** Where both ports listen; default: every IPv4 address. */
  readonly address?: string;
  /** How it is set (`settingsOf`); default fair. */
  readonly tuning?: Tuning;
}

/** The bodies that the proxies answer with by themselves. */
export const noRule = 'no Ingress rule for this host and path';
export const noEndpoints = 'the Service has no ready endpoints';

const GENERATION_LENGTH = 16;
const PLACE = '@generation@';

/** Puts the hash of a text into the text, where `generationIn` was. */
export function rendered(write: (generationIn: string) => string): Rendering {
  const text = write(PLACE);
  const generation = bytesToHex(sha256(utf8ToBytes(text))).slice(0, GENERATION_LENGTH);
  return { text: text.replaceAll(PLACE, generation), generation };
}
