import type { LinkSpec } from '../contract/provider.ts';

/** Milliseconds that a packet may wait in the rate limiter before it is dropped. */
const QUEUE_MS = 50;
const KERNEL_TICKS_PER_SECOND = 100;
const LEAST_BURST_BYTES = 16_000;

/**
 * `tc -batch` lines that shape what leaves an interface: netem (tc-netem(8)) for delay and loss, tbf (tc-tbf(8)) for the rate.
 * Both ends of a link are shaped, so each way has the whole rate and the whole delay.
 */
export function shapeLines(device: string, { rateMbit, delayMs, lossPercent }: LinkSpec): string[] {
  const netem = [...(delayMs ? [`delay ${delayMs}ms`] : []), ...(lossPercent ? [`loss ${lossPercent}%`] : [])].join(' ');
  const parent = netem ? 'parent 1:1 handle 10:' : 'root';
  return [
    ...(netem ? [`qdisc add dev ${device} root handle 1: netem ${netem}`] : []),
    ...(rateMbit
      ? [`qdisc add dev ${device} ${parent} tbf rate ${rateMbit}mbit burst ${burst(rateMbit)} latency ${QUEUE_MS}ms`]
      : []),
  ];
}

/** tbf reaches a rate only with a bucket of at least one kernel tick. */
const burst = (rateMbit: number): number =>
  Math.max(LEAST_BURST_BYTES, Math.ceil((rateMbit * 1e6) / 8 / KERNEL_TICKS_PER_SECOND));
