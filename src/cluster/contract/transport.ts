/** The protocols that a Service's port can have. */
export const protocols = ['tcp', 'udp', 'sctp'] as const;
export type Protocol = (typeof protocols)[number];

/** The protocol of an object of Kubernetes, where absent means TCP. */
export const protocolOf = (written = 'TCP'): Protocol => {
  const found = protocols.find((one) => one === written.toLowerCase());
  if (!found) throw new TypeError(`not a Service protocol: ${written}`);
  return found;
};
