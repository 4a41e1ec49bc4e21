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
  if (number === undefined) return undefined;
  return /\b0\d/.test(text) ? toText(number) : text;
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

// By hand and not by regular expressions: tens of thousands of endpoints pass here.
function toNumber(text: string): number | undefined {
  let number = 0;
  let part = -1;
  let dots = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === dot) {
      if (part < 0) return undefined;
      number = number * 256 + part;
      part = -1;
      dots += 1;
    } else {
      if (code < zero || code > zero + 9) return undefined;
      part = Math.max(part, 0) * 10 + code - zero;
      if (part > 255) return undefined;
    }
  }
  return dots === 3 && part >= 0 ? number * 256 + part : undefined;
}
const dot = 46;
const zero = 48;

const toText = (number: number): string => `${number >>> 24}.${(number >>> 16) & 255}.${(number >>> 8) & 255}.${number & 255}`;
