import { type Command, forEachChild, parse, type SyntaxNode, type Word, type WordPart } from 'unbash';

/** Stands for text that is not known before the program runs; no argument of a program can hold it. */
export const HOLE = '\0';

/** Values of variables; undefined: there is one, and its value is not known. */
export type Environment = ReadonlyMap<string, string | undefined>;

/** The simple commands of a shell script as lists of words, expanded as far as its variables are known; undefined where it is no valid script. */
export function shellCommands(script: string, environment: Environment, positional: readonly string[]): string[][] | undefined {
  const tree = parse(script);
  if (tree.errors?.length) return undefined;
  const scope: Scope = { variables: new Map(environment), positional: [...positional] };
  const commands: string[][] = [];
  const visit = (node: SyntaxNode, certain: boolean): void => {
    if (node.type === 'Command') command(node, certain);
    else forEachChild(node, (child) => visit(child, certain && runsAlways(node)));
  };
  const command = (node: Command, certain: boolean): void => {
    const words = [...(node.name ? [node.name] : []), ...node.args.filter((one) => one.type === 'Word')];
    const line = words.flatMap((word) => fields(word, scope));
    const assigned = [...(node.name && line[0] !== 'export' ? [] : node.prefix), ...node.args];
    for (const one of assigned)
      if (one.type === 'Assignment')
        scope.variables.set(
          one.name,
          certain && one.value.type === 'Word' && !one.append ? fields(one.value, scope).join(' ') : undefined,
        );
    if (line[0] === 'set' || line[0] === 'shift') scope.positional = [HOLE];
    if (line[0] === '.' || line[0] === 'source' || line[0] === 'eval')
      for (const name of scope.variables.keys()) scope.variables.set(name, undefined);
    if (line.length > 0) commands.push(line);
  };
  visit(tree, true);
  return commands;
}

interface Scope {
  readonly variables: Map<string, string | undefined>;
  positional: string[];
}

/** Whether what is in it runs once, and each part only after the one before it: an assignment in it is certain. */
const runsAlways = (node: SyntaxNode): boolean =>
  node.type === 'Script' ||
  node.type === 'Statement' ||
  node.type === 'BraceGroup' ||
  node.type === 'CompoundList' ||
  (node.type === 'AndOr' && node.operators.every((one) => one === '&&'));

/** One word as the shell splits it (POSIX 2.6.5): what an unquoted variable holds is split at blanks, and nothing is no word. */
function fields(word: Word, scope: Scope): string[] {
  if (!word.parts) return [word.value];
  const done: string[] = [];
  let open: string | undefined;
  for (const part of word.parts) {
    const quoted = part.type === 'DoubleQuoted' || part.type === 'SingleQuoted';
    const values = part.type === 'DoubleQuoted' ? quotedFields(part.parts, scope) : [expansion(part, scope)];
    const pieces = values.flatMap((value) => (quoted || part.type === 'Literal' ? [value] : value.split(/[ \t\n]+/)));
    pieces.forEach((piece, index) => {
      if (index > 0 && open !== undefined && open !== '') {
        done.push(open);
        open = undefined;
      }
      if (piece !== '' || quoted) open = (open ?? '') + piece;
    });
  }
  return open === undefined ? done : [...done, open];
}

/** "$@" is as many words as there are arguments. */
function quotedFields(parts: readonly WordPart[], scope: Scope): string[] {
  if (parts.length === 1 && parts[0]!.text === '$@') return scope.positional;
  return [parts.map((part) => expansion(part, scope)).join('')];
}

function expansion(part: WordPart, scope: Scope): string {
  switch (part.type) {
    case 'Literal':
    case 'SingleQuoted':
    case 'AnsiCQuoted':
      return part.value;
    case 'DoubleQuoted':
    case 'LocaleString':
      return part.parts.map((one) => expansion(one, scope)).join('');
    case 'SimpleExpansion':
      return variable(part.text.slice(1), scope);
    case 'ParameterExpansion': {
      const { parameter, operation, prefix, index } = part;
      if (prefix || index) return HOLE;
      if (!operation) return variable(parameter, scope);
      if (operation.type !== 'Default' || !/^:?-$/.test(operation.operator)) return HOLE;
      const value = variable(parameter, scope);
      const absent = operation.operator === ':-' ? value === '' : !scope.variables.has(parameter);
      return absent ? fields(operation.operand, scope).join(' ') : value;
    }
    default:
      return HOLE;
  }
}

function variable(name: string, { variables, positional }: Scope): string {
  if (name === '@' || name === '*') return positional.join(' ');
  if (/^[1-9]$/.test(name)) return positional.includes(HOLE) ? HOLE : (positional[Number(name) - 1] ?? '');
  if (!/^[A-Za-z_]\w*$/.test(name)) return HOLE;
  // What is not set in the pod may be set in the image.
  return variables.get(name) ?? HOLE;
}
