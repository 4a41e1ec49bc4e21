/** A file that exists only inside a sandbox: nothing is ever set up where it is missing. */
export const SANDBOX_MARK = '/run/trafficlab-sandbox';

export interface SandboxOptions {
  /**
   * Without a user namespace only root can have a sandbox; it is left out where a kernel keeps something from all but the first
   * user namespace (IPVS is asked for over generic netlink, which wants CAP_NET_ADMIN there).
   */
  readonly userNamespace: boolean;
  /** The process that starts the sandbox and that it ends with; this one unless told. */
  readonly parent?: number;
  /** Added to the environment in it, so that programs from trafficlab's cache are found and run. */
  readonly env?: Environment;
}

/** Variables of a process's environment, by name. */
export type Environment = Readonly<Record<string, string>>;

/**
 * What a command is prefixed with to run in user, network, mount and pid namespaces of its own. It is started by this very process
 * (not by a worker thread of it: a parent-death signal follows the thread), shares its standard streams and ends when it ends:
 *
 *     this process -> setpriv -> setsid -> sh -> unshare -> sh -> command (pid 1 of its namespace: with it, the kernel ends all in it)
 *
 * setpriv and `unshare --kill-child` ask for a parent-death signal (prctl(2), PR_SET_PDEATHSIG); each shell then looks whether the
 * parent had died before that was asked for, and becomes the next program. It is a session of its own, so a Ctrl-C reaches the command
 * once, from this process (stop-enclosed.ts), and never twice.
 */
export function sandboxPrefix(options: SandboxOptions): readonly string[] {
  const namespaces = [...(options.userNamespace ? ['--user', '--map-root-user'] : []), '--net', '--mount', '--pid'];
  const variables = Object.entries(options.env ?? {}).map(([name, value]) => `${name}=${value}`);
  return [
    ...(variables.length ? ['/usr/bin/env', ...variables] : []),
    ...[
      'setpriv',
      '--pdeathsig',
      'KILL',
      'setsid',
      'sh',
      '-c',
      OUTER,
      'trafficlab-sandbox',
      String(options.parent ?? process.pid),
    ],
    ...['unshare', ...namespaces, '--fork', '--kill-child', '--', 'sh', '-c', INNER, 'trafficlab-sandbox'],
  ];
}

const OUTER = `
[ "$PPID" = "$1" ] || exit 1
shift
export TRAFFICLAB_SANDBOX_PID=$$
exec "$@"`;

/** Mounts that a namespace needs for itself: /proc of its own processes; /run for \`ip netns\` and the iptables lock. */
export const PRIVATE_MOUNTS = `
export PATH="$PATH:/usr/sbin:/sbin"
mount -t proc proc /proc
mount -t tmpfs -o mode=755 tmpfs /run
mkdir /run/netns
: > ${SANDBOX_MARK}
ip link set lo up`;

// /proc is still the one outside here: the fourth field of stat is the parent's process id as OUTER knew it.
const INNER = `set -e
read -r _ _ _ parent _ < /proc/self/stat
[ "$parent" = "$TRAFFICLAB_SANDBOX_PID" ]
unset TRAFFICLAB_SANDBOX_PID
${PRIVATE_MOUNTS}
exec "$@"`;
