import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, test } from 'vitest';

const source = fileURLToPath(new URL('../../src', import.meta.url));
const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));

/** Every place of the source that a rule speaks against, as "file:line: text". */
function places(breaks: (node: ts.Node) => boolean): string[] {
  return files.flatMap((name) => brokenIn(readFileSync(`${source}/${name}`, 'utf8'), breaks, name));
}

function brokenIn(text: string, breaks: (node: ts.Node) => boolean, name = 'text.ts'): string[] {
  const file = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (breaks(node)) {
      const { line } = file.getLineAndCharacterOfPosition(node.getStart());
      found.push(`${name}:${line + 1}: ${node.getText().split('\n')[0]}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

const isEnvironment = (node: ts.Node): boolean => node.getText() === 'process.env';
const ofEnvironment = (node: ts.Node): boolean =>
  isEnvironment(node) ||
  ((ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) && isEnvironment(node.expression));
const isAssignment = ({ kind }: ts.Node): boolean =>
  kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;

function writesEnvironment(node: ts.Node): boolean {
  if (ts.isBinaryExpression(node) && isAssignment(node.operatorToken)) return ofEnvironment(node.left);
  if (ts.isDeleteExpression(node)) return ofEnvironment(node.expression);
  if (!ts.isCallExpression(node)) return false;
  const writers = ['Object.assign', 'Object.defineProperty', 'Reflect.set', 'process.loadEnvFile'];
  const callee = node.expression.getText();
  return (
    callee === 'process.loadEnvFile' ||
    (writers.includes(callee) && node.arguments[0] !== undefined && isEnvironment(node.arguments[0]))
  );
}

/** Whether there is an `await` in it that is not of a function inside. */
function awaits(node: ts.Node): boolean {
  if (ts.isAwaitExpression(node)) return true;
  return !ts.isFunctionLike(node) && (ts.forEachChild(node, (child) => awaits(child) || undefined) ?? false);
}

/** What fails in it would replace the error that is on its way. */
function cleansUpInFinally(node: ts.Node): boolean {
  if (ts.isTryStatement(node)) return node.finallyBlock !== undefined && awaits(node.finallyBlock);
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return false;
  if (node.expression.name.text !== 'finally') return false;
  const [work] = node.arguments;
  // A block without `return` gives no promise that could fail.
  return !(
    work &&
    ts.isArrowFunction(work) &&
    ts.isBlock(work.body) &&
    !work.modifiers &&
    !work.body.getText().includes('return')
  );
}

test('cases 9.12: nothing in src writes to the environment of its own process', () => {
  expect(places(writesEnvironment)).toEqual([]);
});

test('cases 9.5: nothing in src waits in a finally, where its error would replace the first one', () => {
  // Its own reads nothing but the end of a process, which does not throw once the loop was left.
  expect(places(cleansUpInFinally).filter((place) => !place.startsWith('process/exec.ts:'))).toEqual([]);
});

test.each([
  ['process.env.A = "1";', writesEnvironment],
  ['process.env["A"] ??= "1";', writesEnvironment],
  ['delete process.env.A;', writesEnvironment],
  ['Object.assign(process.env, other);', writesEnvironment],
  ['try { a(); } finally { await b(); }', cleansUpInFinally],
  ['work().finally(() => release());', cleansUpInFinally],
  ['work().finally(release);', cleansUpInFinally],
  ['work().finally(async () => { await release(); });', cleansUpInFinally],
])('the rule sees %s', (text, breaks) => {
  expect(brokenIn(text, breaks)).toHaveLength(1);
});

test.each([
  ['const b = { ...process.env, A: "1" };', writesEnvironment],
  ['if (process.env.A === "1") a();', writesEnvironment],
  ['try { await a(); } finally { clearTimeout(timer); }', cleansUpInFinally],
  ['work().finally(() => { clearTimeout(timer); });', cleansUpInFinally],
])('the rule lets %s be', (text, breaks) => {
  expect(brokenIn(text, breaks)).toEqual([]);
});
