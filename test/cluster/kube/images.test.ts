import { expect, test } from 'vitest';
import { imagesFor, versionOfImage } from '../../../src/cluster/kube/images.ts';

test('by default every image is pinned or stock, and userspace has the last Kubernetes that could do it', () => {
  const images = imagesFor(undefined, [], undefined);
  expect(images.node).toMatch(/^kindest\/node:v1\.34\.\d+@sha256:[0-9a-f]{64}$/);
  expect(images['node-userspace']).toMatch(/^kindest\/node:v1\.25\.16@sha256:[0-9a-f]{64}$/);
  expect(images.client).toBe('node:24-slim');
});

test.each([
  ['1.35', /^kindest\/node:v1\.35\.8@sha256:/],
  ['v1.36', /^kindest\/node:v1\.36\.4@sha256:/],
  ['v1.37.0', /^kindest\/node:v1\.37\.0@sha256:/],
  ['1.30.4', /^kindest\/node:v1\.30\.4$/],
  ['1.3', /^kindest\/node:v1\.3$/], // not 1.34
])('Kubernetes %s', (version, image) => {
  expect(imagesFor(version, [], undefined).node).toMatch(image);
});

test.each([
  [undefined, /^rancher\/k3s:v1\.34\.\d+-k3s\d+$/],
  ['1.35', /^rancher\/k3s:v1\.35\.\d+-k3s\d+$/],
  ['v1.33.4', /^rancher\/k3s:v1\.33\.4-k3s1$/],
])('k3s of Kubernetes %s', (version, image) => {
  expect(imagesFor(version, [], undefined).k3s).toMatch(image);
});

test('the environment overrides the defaults, and --image overrides both', () => {
  const images = imagesFor('1.35', ['client=registry.local:5000/node@sha256:00'], 'node=a/b:v1.30.1, client=c ,');
  expect(images).toMatchObject({ node: 'a/b:v1.30.1', client: 'registry.local:5000/node@sha256:00' });
});

test.each(['nodes=x', 'node', 'node=', '=x', 'node=a b', 'toString=x'])('"%s" names no image', (override) => {
  expect(() => imagesFor(undefined, [override], undefined)).toThrow(`"${override}" is not an image of trafficlab`);
  expect(() => imagesFor(undefined, [], override)).toThrow(/is not an image/);
});

test.each([
  ['kindest/node:v1.34.11@sha256:44e', 'v1.34.11'],
  ['registry.local:5000/node:v1.25.16', 'v1.25.16'],
  ['rancher/k3s:v1.34.9-k3s1', 'v1.34.9'],
  ['kindest/node:latest', undefined],
])('%s holds Kubernetes %s', (reference, version) => {
  expect(versionOfImage(reference)).toBe(version);
});
