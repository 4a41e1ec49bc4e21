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

/** What one owner wants; `others` only where more than one does, which is rare. */
interface Claim<V> {
  owner: string;
  value: V;
  others: Map<string, V> | undefined;
}

/** Where owners want different values for one entry, the longest-standing one has it (kube-proxy: whichever Go's map yields last). */
export function createClaims<V>(): Claims<V> {
  const byOwner = new Map<string, ReadonlyMap<string, V>>();
  const byKey = new Map<string, Claim<V>>();
  const before = new Map<string, V | undefined>();
  const touch = (key: string) => {
    if (!before.has(key)) before.set(key, byKey.get(key)?.value);
  };
  const drop = (owner: string, key: string) => {
    const claim = byKey.get(key);
    if (claim?.owner !== owner) {
      claim?.others?.delete(owner);
      return;
    }
    const next = claim.others?.entries().next().value;
    if (!next) {
      byKey.delete(key);
      return;
    }
    [claim.owner, claim.value] = next;
    claim.others?.delete(claim.owner);
  };
  const put = (owner: string, key: string, value: V) => {
    const claim = byKey.get(key);
    if (!claim) byKey.set(key, { owner, value, others: undefined });
    else if (claim.owner === owner) claim.value = value;
    else {
      claim.others ??= new Map();
      claim.others.set(owner, value);
    }
  };
  return {
    set(owner, entries) {
      const old = byOwner.get(owner);
      if (old) {
        for (const key of old.keys()) {
          if (entries.has(key)) continue;
          touch(key);
          drop(owner, key);
        }
      }
      for (const [key, value] of entries) {
        touch(key);
        put(owner, key, value);
      }
      if (entries.size > 0) byOwner.set(owner, entries);
      else if (old) byOwner.delete(owner);
    },
    changes() {
      const changed: EntryChange<V>[] = [];
      for (const [key, old] of before) {
        const after = byKey.get(key)?.value;
        if (old !== after) changed.push({ key, before: old, after });
      }
      before.clear();
      return changed;
    },
    get size() {
      return byKey.size;
    },
  };
}
