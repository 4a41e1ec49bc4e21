/** A change of one entry: `before` undefined for a new one, `after` undefined for one that is gone. */
export interface EntryChange<V> {
  readonly key: string;
  readonly before: V | undefined;
  readonly after: V | undefined;
}

/** Entries of a set or map that several owners may ask for; an entry lives as long as one of them does. */
export interface Claims<V> {
  /** Replaces what an owner asks for. */
  set(owner: string, entries: ReadonlyMap<string, V>): void;
  /** What has become different since the last call, in the order in which it was touched. */
  changes(): readonly EntryChange<V>[];
  /** How many entries there are. */
  readonly size: number;
}

/** Where owners want different values for one entry, the longest-standing one has it (kube-proxy: whichever Go's map yields last). */
export function createClaims<V>(): Claims<V> {
  const byOwner = new Map<string, ReadonlyMap<string, V>>();
  const byKey = new Map<string, Map<string, V>>();
  const before = new Map<string, V | undefined>();
  const current = (key: string): V | undefined => byKey.get(key)?.values().next().value;
  const touch = (key: string) => {
    if (!before.has(key)) before.set(key, current(key));
  };
  const drop = (owner: string, key: string) => {
    const claims = byKey.get(key);
    claims?.delete(owner);
    if (claims?.size === 0) byKey.delete(key);
  };
  const put = (owner: string, key: string, value: V) => {
    const claims = byKey.get(key);
    if (claims) claims.set(owner, value);
    else byKey.set(key, new Map([[owner, value]]));
  };
  return {
    set(owner, entries) {
      for (const key of byOwner.get(owner)?.keys() ?? []) {
        touch(key);
        if (!entries.has(key)) drop(owner, key);
      }
      for (const [key, value] of entries) {
        touch(key);
        put(owner, key, value);
      }
      if (entries.size > 0) byOwner.set(owner, entries);
      else byOwner.delete(owner);
    },
    changes() {
      const changed = [...before].flatMap(([key, old]) => {
        const after = current(key);
        return old === after ? [] : [{ key, before: old, after }];
      });
      before.clear();
      return changed;
    },
    get size() {
      return byKey.size;
    },
  };
}
