import { readFileSync } from 'node:fs';
import { hostname, release } from 'node:os';
import { expect, test } from 'vitest';
import { readDockerInfo, readPodmanInfo } from '../../../src/cluster/engine/engine.ts';

const recorded = (name: string) => JSON.parse(readFileSync(new URL(`../../fixtures/engine/${name}`, import.meta.url), 'utf8'));

test("docker info: the engine's own machine", () => {
  expect(readDockerInfo(recorded('docker-info.json'))).toEqual({
    version: '28.5.2+dfsg4',
    kernel: '6.18.44-fc-v595',
    operatingSystem: 'Debian GNU/Linux 12 (bookworm) (containerized)',
    cpus: 2,
    memoryMiB: 24_105,
    cgroupVersion: '1',
    rootless: false,
    local: expect.any(Boolean),
  });
});

test('docker info: rootless, by its security options', () => {
  const info = {
    ...recorded('docker-info.json'),
    SecurityOptions: ['name=seccomp,profile=builtin', 'name=rootless', 'name=cgroupns'],
  };
  expect(readDockerInfo(info)).toMatchObject({ rootless: true });
});

test('an engine is local when its machine has this kernel and this name', () => {
  const info = recorded('docker-info.json');
  expect(readDockerInfo({ ...info, KernelVersion: release(), Name: hostname() })).toMatchObject({ local: true });
  expect(readDockerInfo({ ...info, KernelVersion: release(), Name: `not-${hostname()}` })).toMatchObject({ local: false });
  expect(readDockerInfo({ ...info, KernelVersion: `${release()}-linuxkit`, Name: hostname() })).toMatchObject({ local: false });
});

test('a docker client without a server is no engine', () => {
  expect(readDockerInfo(recorded('docker-info-no-server.json'))).toBe('the client has no server');
  const said = 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?';
  expect(readDockerInfo({ ServerVersion: '', ServerErrors: [said] })).toBe(said);
});

test('podman info', () => {
  expect(readPodmanInfo(recorded('podman-info.json'))).toEqual({
    version: '5.6.2',
    kernel: '6.17.4-200.fc43.x86_64',
    operatingSystem: 'fedora 43',
    cpus: 8,
    memoryMiB: 15_655,
    cgroupVersion: '2',
    rootless: true,
    local: false,
  });
  expect(readPodmanInfo({})).toBe('podman info names no host');
});
