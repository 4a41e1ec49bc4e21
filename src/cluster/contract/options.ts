/** What the command line can tell a provider, under the names that commander gives them; each provider takes what concerns it. */
export interface ProviderOptions {
  /** Kubernetes version, as in "1.34": from the lab or its override. */
  readonly kubernetes?: string;
  /** NAME=REFERENCE, once per image. */
  readonly image?: readonly string[];
  readonly kind?: string;
  readonly kindUserspace?: string;
  readonly k3d?: string;
  /** Of a kubeconfig file; never guessed. */
  readonly context?: string;
  /** Absent: $KUBECONFIG, else ~/.kube/config. */
  readonly kubeconfig?: string;
  readonly allowClusterScope?: boolean;
  /** A context that is not of this machine, once more. */
  readonly yesIMean?: string;
}

/** Flags of providers, added to each command that makes one; who takes it stands first in the description. */
export const providerFlags = [
  { flags: '--kind <path>', description: 'kind: the program' },
  { flags: '--kind-userspace <path>', description: 'kind: the program for Kubernetes 1.25' },
  { flags: '--k3d <path>', description: 'k3d: the program' },
  { flags: '--context <name>', description: 'kubeconfig: the cluster that exists; never guessed' },
  { flags: '--kubeconfig <file>', description: 'kubeconfig: the file to read; default: $KUBECONFIG, else ~/.kube/config' },
  {
    flags: '--allow-cluster-scope',
    description: "kubeconfig: also what lies outside of the run's own namespace, and privileged pods to look into nodes",
  },
  {
    flags: '--yes-i-mean <context>',
    description: 'kubeconfig: the context once more, where its API server is not on this machine',
  },
] as const;

/** The flag of each option; the compiler asks for one where an option is added. */
const flagOf: Readonly<Record<keyof ProviderOptions, string>> = {
  kubernetes: '--kubernetes',
  image: '--image',
  kind: '--kind',
  kindUserspace: '--kind-userspace',
  k3d: '--k3d',
  context: '--context',
  kubeconfig: '--kubeconfig',
  allowClusterScope: '--allow-cluster-scope',
  yesIMean: '--yes-i-mean',
};

/** The options that are set as arguments of the command line again: for the command that runs itself again in a sandbox or another kernel. */
export const providerArguments = (options: ProviderOptions): readonly string[] =>
  (Object.keys(flagOf) as (keyof ProviderOptions)[]).flatMap((name) => {
    const value = options[name];
    if (value === undefined || value === false) return [];
    if (value === true) return [flagOf[name]];
    return [value].flat().map((one) => `${flagOf[name]}=${one}`);
  });

/** The provider's options among those of a command. */
export const providerOptions = (options: ProviderOptions): ProviderOptions =>
  Object.fromEntries(
    (Object.keys(flagOf) as (keyof ProviderOptions)[]).flatMap((name) =>
      options[name] === undefined ? [] : [[name, options[name]] as const],
    ),
  );
