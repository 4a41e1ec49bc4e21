/** What the command line can tell a provider, under the names that commander gives them; each provider takes what concerns it. */
export interface ProviderOptions {
  /** Kubernetes version, as in "1.34": from the lab or its override. */
  readonly kubernetes?: string;
  /** NAME=REFERENCE, once per image. */
  readonly image?: readonly string[];
  readonly kind?: string;
  readonly kindUserspace?: string;
}

/** Flags of providers, added to each command that makes one; who takes it stands first in the description. */
export const providerFlags = [
  { flags: '--kind <path>', description: 'kind: the program' },
  { flags: '--kind-userspace <path>', description: 'kind: the program for Kubernetes 1.25' },
] as const;
