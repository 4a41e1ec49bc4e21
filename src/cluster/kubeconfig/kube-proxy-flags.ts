import { HOLE } from './shell-line.ts';

/** The flags of kube-proxy that decide about its mode; a `HOLE` in a value: it is not known. */
export interface KubeProxyFlags {
  /** "": none. */
  readonly config: string;
  /** "": none. */
  readonly mode: string;
  /** It ends at once: --cleanup, --init-only, --write-config-to, --version, --help. */
  readonly ends: boolean;
}

/** Those that take no value after a blank (cmd/kube-proxy/app/options.go, component-base logs and verflag). */
const BOOLEAN: ReadonlySet<string> = new Set([
  'add-dir-header',
  'alsologtostderr',
  'bind-address-hard-fail',
  'cleanup',
  'cleanup-ipvs',
  'conntrack-tcp-be-liberal',
  'contention-profiling',
  'help',
  'init-only',
  'iptables-localhost-nodeports',
  'ipvs-strict-arp',
  'log-json-split-stream',
  'log-text-split-stream',
  'logtostderr',
  'masquerade-all',
  'one-output',
  'profiling',
  'skip-headers',
  'skip-log-headers',
  'version',
]);

/**
 * Reads kube-proxy's arguments as pflag does: "--name value" and "--name=value", underscores as dashes (WordSepNormalizeFunc), the last
 * one of a name counts, "--" ends them. Undefined where an argument that is not known could be any flag.
 */
export function kubeProxyFlags(args: readonly string[]): KubeProxyFlags | undefined {
  const values = new Map<string, string>();
  const rest = [...args];
  while (rest.length > 0) {
    const one = rest.shift()!;
    if (one === '--') break;
    const [, raw, equals, value = ''] = /^--([^=]*)(=?)([\s\S]*)$/.exec(one) ?? [];
    if (raw === undefined) {
      if (one.includes(HOLE)) return undefined;
      if (/^-[a-z]$/.test(one) && one !== '-h') rest.shift(); // -v 2
      if (one === '-h') values.set('help', 'true');
      continue;
    }
    if (raw.includes(HOLE)) return undefined;
    const name = raw.replaceAll('_', '-');
    values.set(name, equals ? value : BOOLEAN.has(name) ? 'true' : (rest.shift() ?? ''));
  }
  const on = (name: string) => values.has(name) && !FALSE.has(values.get(name)!);
  return {
    config: values.get('config') ?? '',
    mode: values.get('proxy-mode') ?? '',
    ends: ['cleanup', 'init-only', 'version', 'help'].some(on) || (values.get('write-config-to') ?? '') !== '',
  };
}

/** Go: strconv.ParseBool. */
const FALSE: ReadonlySet<string> = new Set(['0', 'f', 'F', 'false', 'FALSE', 'False']);
