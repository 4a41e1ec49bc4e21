/** What a hop of a proven path is, as its own words tell (src/probe/prove-path.ts writes them). */
export interface Hop {
  readonly kind: 'client' | 'kernel' | 'process' | 'backend';
  /** Program of a process, where the hop names it: "haproxy". */
  readonly program?: string;
  readonly text: string;
}

/** A path begins at its client and ends at the pods that answered; what is no process between them is a kernel. */
export function hopsOf(path: readonly string[]): Hop[] {
  return path.map((text, index) => {
    if (index === 0) return { kind: 'client', text };
    if (index === path.length - 1) return { kind: 'backend', text };
    const [, program, rest] = /^\[([^\]]+)\] (.*)$/s.exec(text) ?? [];
    if (program !== undefined) return { kind: 'process', program, text: rest! };
    return { kind: /\ba (user-space )?process\b/.test(text) ? 'process' : 'kernel', text };
  });
}
