/** An IPv4 network. */
export interface Cidr {
  /** Host bits cleared: "10.1.2.3/8" is "10.0.0.0/8". */
  readonly text: string;
  readonly bits: number;
  contains(address: string): boolean;
}

/** The canonical text of an IPv4 address, or undefined; leading zeros are decimal, as in Kubernetes (ParseIPSloppy). */
export function parseIpv4(text: string): string | undefined {
  const number = toNumber(text);
  return number === undefined ? undefined : toText(number);
}

/** An IPv4 network from "address/bits"; blanks around it are allowed, as Kubernetes allows them. Undefined for anything else. */
export function parseCidr(text: string): Cidr | undefined {
  const [address = '', length = '', ...rest] = text.trim().split('/');
  const number = toNumber(address);
  const bits = Number(length);
  if (number === undefined || rest.length > 0 || !/^\d{1,2}$/.test(length) || bits > 32) return undefined;
  const mask = bits === 0 ? 0 : (0xffff_ffff << (32 - bits)) >>> 0;
  const network = (number & mask) >>> 0;
  return {
    text: `${toText(network)}/${bits}`,
    bits,
    contains(other) {
      const candidate = toNumber(other);
      return candidate !== undefined && (candidate & mask) >>> 0 === network;
    },
  };
}

function toNumber(text: string): number | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let number = 0;
  for (const part of parts) {
    if (!/^\d+$/.test(part) || Number(part) > 255) return undefined;
    number = number * 256 + Number(part);
  }
  return number;
}

const toText = (number: number): string => `${number >>> 24}.${(number >>> 16) & 255}.${(number >>> 8) & 255}.${number & 255}`;
