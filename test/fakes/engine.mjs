// Plays docker, podman and nerdctl: what they print was recorded from Docker 28.5 or is documented; what they refuse, this refuses.
import { noteCall, parse, readMachine, shelf } from './machine.mjs';

/** Of the call that is being answered; a call is answered at once, so there is one at a time. */
let machine;
let containers;
let here;

/** Plays one call of a client on the machine that a folder is: { exitCode, stdout, stderr }. */
export function playEngine(name, args, folder) {
  here = folder;
  machine = readMachine(folder);
  containers = shelf('containers', folder);
  noteCall({ program: name, args }, folder);
  try {
    answer(name, args);
  } catch (thrown) {
    if (thrown?.exitCode !== undefined) return thrown;
    return { exitCode: 70, stdout: '', stderr: `the fake failed: ${thrown?.stack}\n` };
  }
}

function end(exitCode, { stdout = '', stderr = '' } = {}) {
  throw { exitCode, stdout, stderr };
}

function answer(name, [command, ...rest]) {
  if (command === '--version' || command === '-v') end(0, { stdout: `${name} version 28.5.2, build fake\n` });
  if (!machine.engines.includes(name)) noServer(name, command);
  const commands = {
    info,
    image,
    manifest,
    run,
    ps,
    rm,
    inspect,
    exec,
    save,
    logs,
    network: removeFrom('networks'),
    volume: removeFrom('volumes'),
  };
  if (!(command in commands)) refuse(name, `unknown command: ${name} ${command}`);
  commands[command](name, rest);
}

const refuse = (name, what, exitCode = 1) =>
  end(exitCode, { stderr: `${name}: ${what}\n\nRun '${name} --help' for more information\n` });
const refuseFlag = (flag) => end(125, { stderr: `unknown flag: ${flag}\n` });
const daemonError = (message, exitCode = 1) => end(exitCode, { stderr: `Error response from daemon: ${message}\n` });

/** Docker's client prints an empty server beside the error. */
function noServer(name, command) {
  const socket = 'unix:///var/run/docker.sock';
  const said = {
    docker: `Cannot connect to the Docker daemon at ${socket}. Is the docker daemon running?\n`,
    podman: 'Cannot connect to Podman. Please verify your connection to the Linux system using `podman system connection list`\n',
    nerdctl:
      'time="2026-11-23T03:00:00Z" level=fatal msg="rootless containerd not running? (hint: use `containerd-rootless-setuptool.sh install`)"\n',
  };
  const empty = {
    ID: '',
    ServerVersion: '',
    KernelVersion: '',
    NCPU: 0,
    MemTotal: 0,
    Name: '',
    ClientInfo: { Version: '28.5.2' },
  };
  end(name === 'podman' ? 125 : 1, {
    stdout: name === 'docker' && command === 'info' ? `${JSON.stringify(empty)}\n` : '',
    stderr: said[name],
  });
}

function info(name, args) {
  const { options } = parse(args, { '--format': true }, refuseFlag);
  const format = options['--format']?.[0];
  const { kernel, hostname, memoryMiB } = machine;
  if (name === 'podman' && format === 'json')
    end(0, {
      stdout: `${JSON.stringify({
        host: {
          cgroupVersion: 'v2',
          cpus: 4,
          distribution: { distribution: 'fedora', version: '43' },
          hostname,
          kernel,
          memTotal: memoryMiB * 2 ** 20,
          os: 'linux',
          security: { rootless: true },
        },
        store: { graphRoot: '/var/lib/containers/storage' },
        version: { Version: '5.6.2' },
      })}\n`,
    });
  if (format === '{{json .}}')
    end(0, {
      stdout: `${JSON.stringify({
        ServerVersion: '28.5.2',
        KernelVersion: kernel,
        OperatingSystem: 'Docker Desktop',
        CgroupVersion: '2',
        NCPU: 4,
        MemTotal: memoryMiB * 2 ** 20,
        Name: hostname,
        DockerRootDir: '/var/lib/docker',
        SecurityOptions: ['name=seccomp,profile=builtin', 'name=cgroupns'],
      })}\n`,
    });
  if (format === '{{.DockerRootDir}}') end(0, { stdout: '/var/lib/docker\n' });
  if (format === '{{.Store.GraphRoot}}') end(0, { stdout: '/var/lib/containers/storage\n' });
  refuse(name, `this fake does not know the format ${format}`, 64);
}

function image(name, [sub, ...args]) {
  if (sub !== 'inspect') refuse(name, `unknown command: ${name} image ${sub}`);
  const { options, words } = parse(args, { '--format': true }, refuseFlag);
  const [reference] = words;
  if (!machine.images.includes(reference))
    end(1, { stdout: '\n', stderr: `Error response from daemon: No such image: ${reference}\n` });
  end(0, { stdout: `${options['--format']?.[0] === '{{.Id}}' ? 'sha256:ec7ac9f60449' : 'x'}\n` });
}

function manifest(name, [sub, reference = '']) {
  if (sub !== 'inspect') refuse(name, `unknown command: ${name} manifest ${sub}`);
  const { registry } = machine;
  if (registry.includes('*') || registry.includes(reference.replace(/^docker:\/\//, '')))
    end(0, { stdout: '{"schemaVersion":2}\n' });
  end(1, { stderr: `manifest unknown: ${reference}\n` });
}

function run(_name, args) {
  const known = {
    ...Object.fromEntries(['--rm', '--privileged', '--detach'].map((flag) => [flag, false])),
    ...Object.fromEntries(
      ['--label', '--volume', '--entrypoint', '--name', '--network', '--pid', '--cap-add'].map((flag) => [flag, true]),
    ),
  };
  const { options, words } = parse(args, known, refuseFlag, { wordsEnd: true });
  const [reference, ...command] = words;
  if (!machine.images.includes(reference))
    end(125, { stderr: `Unable to find image '${reference}' locally\ndocker: Error response from daemon: no registry\n` });
  if (options['--detach']) {
    const [container] = options['--name'];
    if (containers.has(container)) daemonError(`Conflict. The container name "/${container}" is already in use`, 125);
    containers.set(container, { image: reference, labels: options['--label'] ?? [], network: options['--network']?.[0] });
    end(0, { stdout: 'f3c1e0d9\n' });
  }
  const [entrypoint] = options['--entrypoint'] ?? [];
  const [path] = command;
  if (entrypoint !== 'base64') end(127, { stderr: `exec: "${entrypoint}": executable file not found in $PATH\n` });
  const content = machine.files[path];
  if (content === undefined) end(1, { stderr: `base64: ${path}: No such file or directory\n` });
  end(0, { stdout: `${content.replace(/.{76}/g, '$&\n')}\n` });
}

function ps(name, args) {
  const { options } = parse(args, { '--all': false, '--filter': true, '--format': true }, refuseFlag);
  const [, label] = /^label=(.+)$/.exec(options['--filter']?.[0] ?? '') ?? [];
  if (options['--format']?.[0] !== `{{.Names}}\t{{.Label "${label}"}}`) refuse(name, 'this fake does not know the format', 64);
  const lines = containers.list().flatMap((container) => {
    const value = containers.get(container).labels.find((one) => one.startsWith(`${label}=`));
    return value ? [`${container}\t${value.slice(label.length + 1)}\n`] : [];
  });
  end(0, { stdout: lines.join('') });
}

function rm(_name, args) {
  const { words } = parse(args, { '--force': false, '--volumes': false }, refuseFlag);
  const missing = words.filter((container) => !containers.has(container));
  for (const container of words) containers.delete(container);
  const stderr = missing.map((container) => `Error response from daemon: No such container: ${container}\n`).join('');
  end(0, { stderr }); // with --force, also for a container that is not there
}

function inspect(_name, args) {
  const { words } = parse(args, {}, refuseFlag);
  if (!containers.has(words[0])) daemonError(`No such container: ${words[0]}`);
  const network = containers.get(words[0]).network ?? /^(k3d-.*)-(?:server|agent)-\d+$/.exec(words[0])?.[1] ?? 'kind';
  const Networks = { [network]: { IPAddress: '172.18.0.9' } };
  end(0, { stdout: `${JSON.stringify([{ Name: `/${words[0]}`, NetworkSettings: { Networks } }])}\n` });
}

function exec(_name, args) {
  const { words } = parse(args, { '-i': false }, refuseFlag, { wordsEnd: true });
  if (!containers.has(words[0])) daemonError(`No such container: ${words[0]}`);
  end(0);
}

function save(_name, args) {
  const { words } = parse(args, { '--output': true }, refuseFlag);
  if (!machine.images.includes(words[0])) daemonError('reference does not exist');
  end(0);
}

function logs(_name, args) {
  const { words } = parse(args, {}, refuseFlag);
  if (!containers.has(words[0])) daemonError(`No such container: ${words[0]}`);
  end(0, { stdout: 'level=info msg="Starting k3s"\n' });
}

function removeFrom(things) {
  return (name, [sub, ...args]) => {
    if (sub !== 'rm') refuse(name, `unknown command: ${name} ${things.slice(0, -1)} ${sub}`);
    const { words } = parse(args, { '--force': false }, refuseFlag);
    const there = shelf(things, here);
    if (!there.has(words[0]) && !args.includes('--force')) daemonError(`${things.slice(0, -1)} ${words[0]} not found`);
    there.delete(words[0]);
    end(0);
  };
}
