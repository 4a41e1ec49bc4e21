import { posix } from 'node:path';
import type { V1Container } from '@kubernetes/client-node';
import { type Environment, HOLE, shellCommands } from './shell-line.ts';

/** How a container starts kube-proxy: its arguments, once for each way in which its shell line may; or why that is not to be read. */
export type KubeProxyCommand =
  | {
      readonly arguments: readonly (readonly string[])[] /** The image's own entrypoint may add arguments. */;
      readonly entrypoint: boolean;
    }
  | { readonly unknown: string };

const SHELLS: ReadonlySet<string> = new Set(['sh', 'bash', 'ash', 'dash']);
const DEEPEST = 3;

/**
 * The arguments of kube-proxy in a container: started itself, behind a wrapper (go-runner, tini) or by a line of a shell. References to
 * variables, $(NAME), are expanded as the kubelet does it ("Define Dependent Environment Variables"). What is not known is a `HOLE`.
 */
export function kubeProxyCommand(
  { name, image, command = [], args = [] }: V1Container,
  environment: Environment,
): KubeProxyCommand {
  const argv = [...command, ...args].map((one) => expand(one, environment));
  const found = invocations(argv, environment, DEEPEST);
  if (found === undefined) return { unknown: 'its shell line cannot be parsed' };
  if (found.length > 0) return { arguments: found, entrypoint: false };
  // Images whose entrypoint is kube-proxy get its flags alone (k0s).
  const named = name === 'kube-proxy' || /(^|\/)kube-proxy([:@-]|$)/.test(image ?? '');
  if (named && command.length === 0 && argv.every((one, index) => index > 0 || one.startsWith('-')))
    return { arguments: [argv], entrypoint: true };
  return { unknown: `its command is not kube-proxy: ${argv[0]?.replaceAll(HOLE, '?').slice(0, 80) ?? "the image's own"}` };
}

/** Whether a container looks like one of kube-proxy. */
export const isKubeProxyContainer = (container: V1Container): boolean =>
  container.name.includes('kube-proxy') ||
  [...(container.command ?? []), ...(container.args ?? [])].some((one) => one.includes('kube-proxy'));

/** $(NAME) with a value, $$ as $; a name that is not set stays as it is. */
export function expand(text: string, environment: Environment): string {
  return text.replace(/\$(\$|\(([^()]*)\))/g, (all, what: string, name: string | undefined) => {
    if (what === '$') return '$';
    return name !== undefined && environment.has(name) ? (environment.get(name) ?? HOLE) : all;
  });
}

function invocations(argv: readonly string[], environment: Environment, depth: number): (readonly string[])[] | undefined {
  if (MENTIONS.has(posix.basename(argv[0] ?? '')) || (argv[0] === 'command' && argv[1]?.startsWith('-'))) return [];
  const at = argv.findIndex((one) => isProgram(one) && (posix.basename(one) === 'kube-proxy' || SHELLS.has(posix.basename(one))));
  if (at < 0) return [];
  if (posix.basename(argv[at]!) === 'kube-proxy') return [argv.slice(at + 1)];
  const option = argv.findIndex((one, index) => index > at && /^-[a-zA-Z]*c[a-zA-Z]*$/.test(one));
  const script = option < 0 ? undefined : argv[option + 1];
  if (script === undefined || depth === 0) return [];
  const commands = shellCommands(script, environment, argv.slice(option + 3));
  if (commands === undefined) return undefined;
  const inner = commands.map((line) => invocations(line, environment, depth - 1));
  return inner.includes(undefined) ? undefined : inner.flatMap((one) => one ?? []);
}

/** Programs that get the name as an argument, and start nothing. */
const MENTIONS: ReadonlySet<string> = new Set(
  '. source echo printf which type hash pgrep pkill killall test [ cp mv ln rm ls cat chmod chown mkdir touch'.split(' '),
);

const isProgram = (word: string): boolean => !word.startsWith('-') && !/[\s=]/.test(word);
