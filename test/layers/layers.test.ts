/**
 * The check of who imports whom, against small trees and against the house itself.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { checkLayers, faultsOf } from '#setup/layers.mjs';
import { ROOT } from '../support/places.js';

type Folder = { [name: string]: string | Folder };

/** Lays out files, given by path with what each imports, and answers the faults as `from → to (rule)`. */
async function faults(t: Pick<Tap, 'testdir' | 'equal'>, files: Readonly<Record<string, readonly string[]>>): Promise<string[]> {
  const root: Folder = { 'package.json': readFileSync(join(ROOT, 'package.json'), 'utf8') };
  for (const [path, imports] of Object.entries(files)) {
    const names = path.split('/');
    const file = names.pop() as string;
    let folder = root;
    for (const name of names) {
      folder[name] ??= {};
      folder = folder[name] as Folder;
    }
    folder[file] = `${imports.join('\n')}\nexport const a = 1;\n`;
  }
  const found = await checkLayers(t.testdir(root), 0);
  t.equal(found.read, Object.keys(files).length, 'every module was read');
  return found.faults.map((fault) => fault.replace(/:.*(?= \()/, '').replace(/ → \S*node_modules\/((@[^/]+\/)?[^/]+)\S*/, ' → $1')).sort();
}
type Tap = typeof t;

const every = (path: string) => `import * as all from '${path}';`;
const type = (path: string) => `import type { a } from '${path}';`;

t.test('what the table has is let through', async (t) => {
  const files = {
    'events/catalogue.ts': [every('typebox'), every('typebox/compile'), every('safe-stable-stringify')],
    'events/stories/one/index.ts': [every('../../catalogue.js')],
    'projections/all.ts': [every('../events/catalogue.js')],
    'src/errors.ts': [],
    'src/protocol.ts': [every('./errors.js'), type('../events/catalogue.js')],
    'src/replay/clock.ts': [every('../protocol.js')],
    'src/log/log.ts': [every('../../events/catalogue.js')],
    'src/log/embedded/store.ts': [every('../log.js'), every('lmdb'), every('node:fs')],
    'src/log/eventstore/client.ts': [every('../log.js'), every('@eventstore/db-client')],
    'src/esdb-server/server.ts': [
      every('../log/embedded/store.js'),
      type('../log/log.js'),
      every('@eventstore/db-client/generated/streams_pb.js'),
      every('@grpc/grpc-js'),
      every('google-protobuf'),
    ],
    'src/timeline/store.ts': [every('lmdb'), every('../log/log.js'), every('../../projections/all.js')],
    'src/recording/recorder.ts': [every('../log/log.js'), every('../timeline/store.js'), every('../errors.js'), every('nanoid')],
    'src/sessions/player.ts': [every('../replay/clock.js'), every('../log/log.js'), every('../timeline/store.js')],
    'src/http/server.ts': [
      every('fastify'),
      every('@fastify/static'),
      every('../recording/recorder.js'),
      every('../sessions/player.js'),
      type('../log/log.js'),
    ],
    'src/config.ts': [every('./errors.js'), every('../events/catalogue.js')],
    'src/app.ts': [type('fastify'), every('./config.js'), every('./http/server.js'), every('./log/embedded/store.js'), every('./log/eventstore/client.js')],
    'src/main.ts': [every('./app.js'), every('./config.js'), every('./errors.js')],
    'src/sdk/client.ts': [every('../protocol.js')],
    'web/page.ts': [every('../src/sdk/client.js'), every('../events/catalogue.js')],
    'test/support/all.ts': [every('../../src/main.js'), every('../../src/log/embedded/store.js'), every('lmdb'), every('fastify'), every('tap')],
    'bench/one.bench.ts': [every('../src/app.js'), every('../test/support/all.js'), every('lmdb')],
  };
  t.strictSame(await faults(t, files), []);
});

t.test('whatever the table has not is an error, type imports too', async (t) => {
  const files = {
    'events/a.ts': [every('../projections/a.js'), every('node:fs')],
    'projections/a.ts': [type('../src/timeline/a.js'), every('nanoid')],
    'src/replay/a.ts': [type('../log/log.js'), every('tinyqueue')],
    'src/log/log.ts': [],
    'src/log/embedded/a.ts': [every('../../timeline/a.js')],
    'src/timeline/a.ts': [every('../log/b.js'), every('lmdb')],
    'src/log/b.ts': [every('lmdb'), every('@eventstore/db-client'), every('@grpc/grpc-js')],
    'src/esdb-server/a.ts': [every('@eventstore/db-client'), every('../log/b.js'), every('../timeline/a.js')],
    'src/http/b.ts': [every('@eventstore/db-client/generated/streams_pb.js'), every('google-protobuf')],
    'src/recording/a.ts': [type('../log/b.js'), every('../config.js')],
    'src/sessions/a.ts': [every('../recording/a.js'), every('fastify')],
    'src/http/a.ts': [type('../log/embedded/c.js'), every('../replay/a.js')],
    'src/log/embedded/c.ts': [],
    'src/config.ts': [],
    'src/app.ts': [every('@fastify/websocket'), every('./cli/a.js')],
    'src/cli/a.ts': [every('../../test/a.js'), every('fast-check')],
    'src/attic/a.ts': [every('../errors.js')],
    'src/errors.ts': [],
    'src/main.ts': [every('./attic/a.js'), every('./nowhere.js')],
    'web/a.ts': [every('../src/timeline/a.js')],
    'test/a.ts': [every('../bench/a.bench.js')],
    'bench/a.bench.ts': [every('not-a-package-of-ours')],
  };
  t.strictSame(await faults(t, files), [
    'bench/a.bench.ts → not-a-package-of-ours (not-found)',
    'events/a.ts → fs (pure-no-node)',
    'events/a.ts → projections/a.ts (room-events)',
    'projections/a.ts → nanoid (pure-packages)',
    'projections/a.ts → src/timeline/a.ts (room-projections)',
    'src/app.ts → @fastify/websocket (fastify-types-only)',
    'src/app.ts → src/cli/a.ts (room-app)',
    'src/attic/a.ts → src/errors.ts (room-unknown)',
    'src/cli/a.ts → fast-check (not-at-work)',
    'src/cli/a.ts → test/a.ts (room-cli)',
    'src/esdb-server/a.ts → @eventstore/db-client (one-door-eventstore)',
    'src/esdb-server/a.ts → src/log/b.ts (room-esdb-server)',
    'src/esdb-server/a.ts → src/timeline/a.ts (room-esdb-server)',
    'src/http/a.ts → src/log/embedded/c.ts (room-http)',
    'src/http/a.ts → src/replay/a.ts (room-http)',
    'src/http/b.ts → @eventstore/db-client (doors-esdb-protocol)',
    'src/http/b.ts → google-protobuf (one-door-grpc)',
    'src/log/b.ts → @eventstore/db-client (one-door-eventstore)',
    'src/log/b.ts → @grpc/grpc-js (one-door-grpc)',
    'src/log/b.ts → lmdb (one-door-lmdb)',
    'src/log/embedded/a.ts → src/timeline/a.ts (room-log)',
    'src/main.ts → ./nowhere.js (not-found)',
    'src/main.ts → src/attic/a.ts (room-main)',
    'src/main.ts → src/attic/a.ts (room-unknown-imported)',
    'src/recording/a.ts → src/config.ts (room-recording)',
    'src/recording/a.ts → src/log/b.ts (room-recording)',
    'src/replay/a.ts → src/log/log.ts (room-replay)',
    'src/replay/a.ts → tinyqueue (pure-packages)',
    'src/sessions/a.ts → fastify (one-door-fastify)',
    'src/sessions/a.ts → src/recording/a.ts (room-sessions)',
    'src/timeline/a.ts → lmdb (one-door-lmdb)',
    'src/timeline/a.ts → src/log/b.ts (room-timeline)',
    'web/a.ts → src/timeline/a.ts (room-web)',
  ]);
});

t.test('a cycle is an error, even one of types alone', async (t) => {
  const files = { 'src/log/log.ts': [type('./a.js')], 'src/log/a.ts': [type('./b.js')], 'src/log/b.ts': [type('./log.js')] };
  t.strictSame(await faults(t, files), ['src/log/a.ts → src/log/b.ts → src/log/log.ts → src/log/a.ts (no-cycle)']);
});

t.test('to have read nothing, or next to nothing, is a failure', async (t) => {
  t.strictSame(await checkLayers(t.testdir({}), 0), { read: 0, faults: ['only 0 modules were read, where there should be more than 0'] });
  t.strictSame(await checkLayers(t.testdir({ src: { 'errors.ts': '' } })), {
    read: 1,
    faults: ['only 1 modules were read, where there should be more than 30'],
  });
  const packages = Array.from({ length: 99 }, (_, i) => ({ source: `node_modules/package-${i}/index.js` }));
  t.equal(
    faultsOf([...packages, { source: 'fs', coreModule: true }, { source: './gone.js', couldNotResolve: true }], []).read,
    0,
    'what is not ours does not count',
  );
});

t.test('the house keeps to its table', async (t) => {
  const { read, faults } = await checkLayers(ROOT);
  t.ok(read > 60, `${read} modules`);
  t.strictSame(faults, []);
});
