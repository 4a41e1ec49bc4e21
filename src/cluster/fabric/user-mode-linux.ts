import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { exec } from '../../process/exec.ts';
import { LARGEST_STATE, stateSizeOffset } from './extended-state.ts';
import { type Environment, PRIVATE_MOUNTS, type SandboxOptions, sandboxPrefix } from './sandbox.ts';

/** Set in a kernel whose program was mended before it was started. */
export const MENDED_KERNEL = 'TRAFFICLAB_MENDED_KERNEL';

export interface UserModeLinux {
  /** The kernel, an ordinary program: `linux.uml` of the package user-mode-linux. */
  readonly program: string;
  /** It has so much memory and takes no more from the machine. */
  readonly memoryMiB: number;
  /** Loaded in one go before the command: a kernel that asks for each when it is first used starts two processes for it. */
  readonly modules?: readonly string[];
}

/** The kernel's version, as in "6.1.176". */
export const userModeLinuxVersion = async (program: string, env: Environment = {}): Promise<string> =>
  (await exec([program, '--version'], { env, timeoutMs: 30_000 })).stdout.trim();

/**
 * What a command is prefixed with to run in a User-Mode Linux kernel with this machine's files as its root, in a sandbox, so that it
 * ends with this process. Standard output and standard error are shared, standard input is empty; the exit code is the command's.
 * SIGINT and SIGTERM for the first process of the sandbox reach the command. What the kernel says is shown only when no exit code came.
 */
export function userModeLinuxPrefix(
  { program, memoryMiB, modules: extraModules = [] }: UserModeLinux,
  options: Partial<SandboxOptions> = {},
): readonly string[] {
  const modules = join(dirname(program), '../lib/uml/modules');
  const mend = stateSizeOffset(program);
  const arguments_ = [
    RUN,
    'trafficlab-uml',
    INIT,
    COMMAND,
    modules,
    program,
    `mem=${memoryMiB}M`,
    mend === undefined ? '' : String(mend),
    extraModules.join(' '),
    String(lastProcessor()),
  ];
  return [...sandboxPrefix({ userNamespace: true, ...options }), 'sh', '-c', ...arguments_, '--'];
}

/** The last processor that this process may use: the first one serves most interrupts. */
function lastProcessor(): number {
  const allowed = /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1] ?? '0';
  return Number(allowed.split(/[,-]/).at(-1));
}

/*
 * Outside: writes down what is to be run, makes the lines to the kernel and waits for it. Its consoles: tty0 what the kernel says,
 * tty1 and tty2 standard output and error, tty3 signals on their way in. All are pipes, because User-Mode Linux switches a terminal
 * to raw mode, and one that is killed leaves it so. The kernel has a session of its own: a Ctrl-C is for the command.
 * Where the processor is newer than the kernel, a copy of it is mended first (extended-state.ts).
 * User-Mode Linux runs one process of its own at a time, and each system call of it is a turn of two processes of this machine. On one
 * processor these turns are short and alike; free to move, they took three to five times as long on a busy machine, and any time at all.
 */
const RUN = `set -e
init=$1 run=$2 modules=$3 kernel=$4 memory=$5 mend=$6 wanted=$7 processor=$8
shift 9
ulimit -c 0
mkdir /run/uml
[ -t 1 ] && [ -t 2 ] && stty size <&2 > /run/uml/terminal || :
pwd > /run/uml/directory
cd /run/uml
[ -z "$mend" ] || export ${MENDED_KERNEL}=1
{ env -0; printf '%s\\0' sh ./run "$@"; } > argv
printf '%s\\n' "$modules" "$wanted" > modules
printf '%s\\n' "$init" > init
printf '%s\\n' "$run" > run
chmod +x init
cp "$(command -v mount)" mount
if [ -n "$mend" ]; then
  cp "$kernel" linux
  printf '${LARGEST_STATE}' | dd of=linux bs=1 seek="$mend" conv=notrunc 2> /dev/null
  kernel=/run/uml/linux
fi
mkfifo out err signals
cat < out & out=$!
cat < err >&2 & err=$!
exec 4> out 5> err 6<> signals
trap 'echo INT >&6' INT
trap 'echo TERM >&6' TERM
pin=; command -v taskset > /dev/null && pin="taskset -c $processor"
TMPDIR=/run/uml setsid $pin "$kernel" "$memory" root=/dev/root rootfstype=hostfs rootflags=/ rw init=/run/uml/init \\
  uml_dir=/run/uml/ con=null con0=null,fd:1 con1=null,fd:4 con2=null,fd:5 con3=fd:6,null < /dev/null > log 2>&1 &
kernel=$!
set +e
while kill -0 $kernel 2> /dev/null; do wait $kernel; done
exec 4>&- 5>&-
wait $out $err
[ -e exit-code ] && read -r code < exit-code && exit "$code"
echo 'User-Mode Linux ended before the command did; its last words:' >&2
grep -v '^ \\[<' log | tail -n 20 >&2
exit 1`;

/*
 * Inside, as the first process: the mounts, modules from the kernel's own folder, the command, power off.
 * The folder of the outside stays the current one when /run is mounted over. To an ordinary user's namespace files of root belong to
 * nobody, so a set-user-id program would make its caller nobody; mount(8) is one, hence the copy that puts an end to that.
 */
const INIT = `#!/bin/sh
set -e
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
cd /run/uml
{ read -r modules; read -r wanted; } < modules
./mount -o remount,nosuid /
mount -t sysfs sysfs /sys
${PRIVATE_MOUNTS}
mkdir -p /run/modules/lib
ln -s "$modules" /run/modules/lib/modules
printf '#!/bin/sh\\nexec modprobe -d /run/modules "$@"\\n' > /run/modules/modprobe
chmod +x /run/modules/modprobe
echo /run/modules/modprobe > /proc/sys/kernel/modprobe
[ -z "$wanted" ] || modprobe -d /run/modules -a $wanted 2> /dev/null || :
xargs -0 -x -a argv env -i || :
echo o > /proc/sysrq-trigger
sleep 10`;

/* Inside, with the environment of the outside: the command, its signals, its exit code. Without a terminal outside it sees none inside. */
const COMMAND = `
exec 7<> /dev/tty1 8<> /dev/tty2 # a terminal that nobody has open forgets its settings
stty -F /dev/tty3 -echo
for tty in 1 2; do
  stty -F /dev/tty$tty -opost
  if [ -s terminal ]; then
    read -r rows columns < terminal
    stty -F /dev/tty$tty rows "$rows" columns "$columns"
  else
    mkfifo /run/tty$tty
    cat < /run/tty$tty > /dev/tty$tty & cats="$cats $!"
  fi
done
if [ -s terminal ]; then streams=/dev; else streams=/run; fi
read -r directory < directory
(cd "$directory" && exec "$@") < /dev/null > $streams/tty1 2> $streams/tty2 &
command=$!
while read -r signal; do kill -s "$signal" $command; done < /dev/tty3 &
wait $command
code=$?
wait $cats
echo $code > exit-code`;
