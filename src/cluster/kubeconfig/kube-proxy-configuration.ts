import { parseAllDocuments } from 'yaml';

/** The mode that a configuration file of kube-proxy names ("": none), or why the file does not say. */
export type ConfiguredMode = { readonly mode: string } | { readonly unknown: string };

/**
 * Reads a KubeProxyConfiguration as kube-proxy does (Options.loadConfig): YAML or JSON; where it has several documents the first one
 * counts, as sigs.k8s.io/yaml reads no further; of a key that appears twice the last value counts, since strict decoding falls back to
 * lenient decoding.
 */
export function configuredMode(text: string): ConfiguredMode {
  let value: unknown;
  try {
    const [document] = parseAllDocuments(text, { uniqueKeys: false, merge: true, logLevel: 'silent' });
    if (document?.errors[0]) throw document.errors[0];
    value = document?.toJS();
  } catch (error) {
    return { unknown: `it cannot be parsed: ${(error as Error).message.split('\n')[0]!.replace(/:$/, '')}` };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { unknown: 'it contains no KubeProxyConfiguration' };
  const { kind, mode } = value as Readonly<Record<string, unknown>>;
  if (kind !== undefined && kind !== 'KubeProxyConfiguration')
    return { unknown: `its first document is a ${String(kind).slice(0, 60)}` };
  if (mode === undefined || mode === null || mode === '')
    return kind ? { mode: '' } : { unknown: 'it has neither a kind nor a mode' };
  return typeof mode === 'string' ? { mode } : { unknown: 'its mode is not a string' };
}
