import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SetUpError } from './main.mjs';
import { root } from './root.mjs';

/**
 * The options of every command, made of src/options/table.ts. npm keeps what stands before `--` to itself and hands it down as npm_config_NAME; a value
 * that follows becomes a word of its own, so `value` tells it from the name of a lab. `npm` marks those that npm has itself, and what it calls them.
 */
const options = JSON.parse(readFileSync(join(root, 'scripts', 'set-up', 'options.json'), 'utf8'));

/** Stops with the right command when `npm run lab NAME --option` was written without the `--` that npm wants. */
export function refuseSwallowedOptions(env, argv) {
  if (!env.npm_lifecycle_script?.includes('trafficlab.mjs')) return;
  const found = Object.entries(options).flatMap(([name, option]) => givenToNpm(name, option, env));
  if (found.length === 0) return;
  const [, ...given] = argv; // the first word is the script's own
  const passed = given.findIndex((word) => word.startsWith('-'));
  const words = passed === -1 ? [...given] : given.slice(0, passed);
  const passedOn = passed === -1 ? [] : given.slice(passed);
  const withValues = found.map(({ name, value }) => [
    `--${name}`,
    ...(value === undefined
      ? []
      : [wordOf(value) || takeValue(words, new RegExp(options[name].value), nameless.includes(env.npm_lifecycle_event) ? 0 : 1)]),
  ]);
  const command = ['npm', 'run', env.npm_lifecycle_event, ...words, '--', ...withValues.flat(), ...passedOn].join(' ');
  throw new SetUpError(
    `npm kept ${found.map(({ name }) => `--${name}`).join(', ')} to itself; options of trafficlab come after \`--\`: ${command}`,
    {
      exitCode: 2,
    },
  );
}

/** A value as a word of a shell; '' for one that is an option itself, which trafficlab refuses as a value. */
function wordOf(value) {
  if ((value.startsWith('-') && !/^-[\d.]+$/.test(value)) || value.includes('=--')) return '';
  return value === '' || /^[\w./:=@,+-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`;
}

/** Each time the option was given: a value, '' when the value became a word of its own, undefined when it takes none. */
function givenToNpm(name, { value, npm }, env) {
  const [key, expected] = npm ?? [name];
  const seen = env[variable(key)];
  if (seen === undefined) return [];
  if (npm) return seen === expected && !isConfigured(key, expected, env) ? [{ name }] : [];
  if (value) return seen.split('\n\n').map((one) => ({ name, value: one === 'true' ? '' : one }));
  return [{ name: seen === '' ? `no-${name}` : name }];
}

const variable = (key) => `npm_config_${key.replaceAll('-', '_')}`;

/** Commands whose first word is no name of a lab or a run. */
const nameless = ['clean', 'doctor'];

/** The last word from a position on that looks like such a value; the first of most commands is a name. */
function takeValue(words, pattern, from) {
  const index = words.findLastIndex((word, position) => position >= from && pattern.test(word) && !word.startsWith('-'));
  const [value] = index === -1 ? [] : words.splice(index, 1);
  return value ?? 'VALUE';
}

/** npm hands down what stands in an npmrc or came with the environment just as it does what was typed; that is not meant for trafficlab. */
function isConfigured(key, value, env) {
  const files = [env.npm_config_userconfig, env.npm_config_globalconfig, join(root, '.npmrc')];
  const line = new RegExp(`^\\s*${key}\\s*(=\\s*"?${value}"?\\s*)?$`, 'm');
  return files.some((file) => line.test(read(file))) || cameToNpm(`${variable(key)}=${value}`);
}

/** The environment that npm itself was started with, where the kernel shows it (Linux). */
function cameToNpm(entry) {
  for (let pid = process.ppid; pid > 1; pid = parent(pid))
    if (read(`/proc/${pid}/cmdline`).startsWith('npm ')) return read(`/proc/${pid}/environ`).split('\0').includes(entry);
  return false;
}

const parent = (pid) => Number(read(`/proc/${pid}/stat`).split(') ').pop().split(' ')[1] ?? 0);

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
