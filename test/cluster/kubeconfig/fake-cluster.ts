import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { folderOfTest } from '../../support/folder.ts';

/** As much of an API server as finding things out needs: what lies at each path, who may do what, and what was asked. */
export interface FakeCluster extends AsyncDisposable {
  /** Has one context, "mine". */
  readonly kubeconfig: string;
  /** Every request, as "GET /api/v1/nodes"; access reviews are left out. */
  readonly asked: readonly string[];
}

export interface FakeClusterOptions {
  /** By path. What is not here is not found. */
  readonly objects: Readonly<Record<string, object>>;
  /** Paths that may not be read. */
  readonly forbidden?: readonly string[];
  /** "create pods/exec": what access reviews deny. */
  readonly denied?: readonly string[];
  /** Where the kubeconfig file says that the API server is; absent: where it is. */
  readonly server?: string;
}

export async function startFakeCluster({
  objects,
  forbidden = [],
  denied = [],
  server: elsewhere,
}: FakeClusterOptions): Promise<FakeCluster> {
  const asked: string[] = [];
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://fake');
    const answer = (code: number, body: object) =>
      response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (pathname.endsWith('/selfsubjectaccessreviews')) {
      const body = JSON.parse(await text(request));
      const { verb, resource, subresource } = body.spec.resourceAttributes;
      const right = `${verb} ${resource}${subresource ? `/${subresource}` : ''}`;
      return answer(201, { ...body, status: { allowed: !denied.includes(right) } });
    }
    asked.push(`${request.method} ${pathname}`);
    const object = objects[pathname];
    if (forbidden.includes(pathname)) return answer(403, { kind: 'Status', code: 403, message: `${pathname} is forbidden` });
    const selector = searchParams.get('labelSelector');
    if (object && selector !== null && 'items' in object) {
      const items = (object.items as readonly Labelled[]).filter(({ metadata }) => isSelected(metadata?.labels ?? {}, selector));
      return answer(200, { ...object, items });
    }
    return object ? answer(200, object) : answer(404, { kind: 'Status', code: 404, message: 'not found' });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const kubeconfig = join(await folderOfTest('fake-cluster'), 'kubeconfig');
  const url = elsewhere ?? `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'mine', cluster: { server: url, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'me', user: { token: 'secret' } }],
    contexts: [{ name: 'mine', context: { cluster: 'mine', user: 'me' } }],
    'current-context': 'mine',
  };
  await writeFile(kubeconfig, JSON.stringify(config));
  return {
    kubeconfig,
    asked,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Labelled {
  readonly metadata?: { readonly labels?: Readonly<Record<string, string>> };
}

/** A selector of one requirement: "a in (b,c)", "a=b" or "a". */
function isSelected(labels: Readonly<Record<string, string>>, selector: string): boolean {
  const [, key = '', list, value] = /^([^\s=]+)(?: in \((.*)\)|=(.*))?$/.exec(selector) ?? [];
  const wanted = list?.split(',') ?? (value === undefined ? undefined : [value]);
  return key in labels && (wanted?.includes(labels[key]!) ?? true);
}
