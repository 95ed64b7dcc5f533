/**
 * What EVENTSTORE_URL names is no EventStoreDB, or one that does not let us in: whoever asks is told so in the words of the
 * register, within some seconds, and no password is repeated.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { inspect } from 'node:util';
import { status } from '@grpc/grpc-js';
import t from 'tap';
import { openEventStoreLog } from '../../../src/log/eventstore/eventstore-log.js';
import type { EventLog } from '../../../src/log/log.js';
import { failing, fakeEventStore } from '../../support/fake-eventstore.js';

type T = { teardown(fn: () => unknown): void };
/** No answer may take longer, in ms. */
const BOUND_MS = 8_000;

async function portOf(t: T, server: Server): Promise<number> {
  const open = new Set<Socket>();
  server.on('connection', (socket) => {
    open.add(socket);
    socket.on('error', () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

async function closedPort(t: T): Promise<number> {
  const server = createServer();
  const port = await portOf(t, server);
  server.close();
  await once(server, 'close');
  return port;
}

/** Everything that can be asked of a log, at once. */
const asked = (log: EventLog): Promise<unknown>[] => [
  log.head('story-x'),
  log.end(),
  (async () => {
    for await (const _ of log.read('story-x'));
  })(),
  (async () => {
    for await (const _ of log.subscribe()) return;
  })(),
  log.append('story-x', [{ id: randomUUID(), type: 'Tested', data: {}, metadata: {} }], 'any'),
];

const servers: Record<string, (t: T) => Promise<number>> = {
  'a closed port': closedPort,
  'an HTTP server': (t) =>
    portOf(
      t,
      createHttpServer((_, reply) => reply.writeHead(404).end('nothing here')),
    ),
  'a server that talks nonsense': (t) =>
    portOf(
      t,
      createServer((socket) => {
        socket.write('220 mail.example ESMTP\r\n');
        socket.on('data', () => socket.write(Buffer.alloc(1_000, 7)));
      }),
    ),
  'a server that hangs up': (t) =>
    portOf(
      t,
      createServer((socket) => void socket.on('data', () => socket.destroy())),
    ),
  'a server that says nothing': (t) => portOf(t, createServer()),
};

for (const [name, start] of Object.entries(servers))
  t.test(name, async (t) => {
    const port = await start(t);
    const log = openEventStoreLog({ connectionString: `esdb://admin:sesame@127.0.0.1:${port}?tls=false` });
    const begun = performance.now();
    for (const answer of await Promise.allSettled(asked(log))) {
      t.match(answer, { status: 'rejected', reason: { code: 'log-unavailable', message: /EventStoreDB/ } });
      if (answer.status === 'rejected') t.notMatch(`${answer.reason.message} ${JSON.stringify(answer.reason)}`, /sesame|UNAVAILABLE|Resolution note/);
    }
    await log.close();
    t.ok(performance.now() - begun < BOUND_MS, `${Math.round(performance.now() - begun)} ms`);
  });

t.test('a cluster of which nobody answers: neither the answers nor the process hang on how long the client looks for it', async (t) => {
  const port = await portOf(t, createServer());
  const options = 'tls=false&gossipTimeout=3&maxDiscoverAttempts=2';
  const log = openEventStoreLog({ connectionString: `esdb+discover://admin:sesame@127.0.0.1:${port}?${options}` });
  const begun = performance.now();
  for (const answer of await Promise.allSettled(asked(log)))
    t.match(answer, { status: 'rejected', reason: { code: 'log-unavailable', message: /has not answered within 5 s/ } });
  // The client gives up later: whoever asks now is told, and those of before are no longer there.
  for (const answer of await Promise.allSettled(asked(log)))
    t.match(answer, { status: 'rejected', reason: { code: 'log-unavailable', message: /Failed to discover after 2 attempts/ } });
  await log.close();
  t.ok(performance.now() - begun < BOUND_MS, `${Math.round(performance.now() - begun)} ms`);
});

const UNKNOWN_USER = /does not accept the name and the password in EVENTSTORE_URL/;
/** Of a stream, of the log, of the log, of an append: see `asked`. */
const LACKING = [
  /no right to read "story-x".*acl\.readRoles/,
  /no right to read "\$all".*acl\.readRoles of the metadata of the stream \$all/,
  /no right to read "story-x".*acl\.readRoles/,
  /no right to read "\$all".*acl\.readRoles of the metadata of the stream \$all/,
  /no right to append to "story-x".*acl\.writeRoles|no right to read "story-x".*acl\.readRoles/,
];

for (const [name, code, exception, said] of [
  ['credentials that nobody knows', status.UNAUTHENTICATED, undefined, LACKING.map(() => UNKNOWN_USER)],
  ['a user who lacks a right', status.PERMISSION_DENIED, 'access-denied', LACKING],
  ['a user who lacks a right, said without the name of the error', status.PERMISSION_DENIED, undefined, LACKING],
] as const)
  t.test(name, async (t) => {
    const refused = () => failing(code, exception);
    const server = await fakeEventStore(t, {
      onRead: (call) => call.emit('error', refused()),
      onBatch: (call) => call.emit('error', refused()),
      features: refused,
    });
    const log = openEventStoreLog({ connectionString: server.url.replace('//', '//admin:sesame@') });
    t.teardown(() => log.close());
    const begun = performance.now();
    for (const [i, answer] of (await Promise.allSettled(asked(log))).entries()) {
      t.match(answer, { status: 'rejected', reason: { code: 'log-unavailable', message: said[i] as RegExp } });
      if (answer.status === 'rejected') t.notMatch(`${answer.reason.message}`, /sesame/);
    }
    t.ok(performance.now() - begun < BOUND_MS);
  });

t.test('a connection string that is none is refused by what is wrong with it, and nobody repeats the password', async (t) => {
  const warned: unknown[] = [];
  const { warn } = console;
  console.warn = (...said) => warned.push(...said);
  t.teardown(() => {
    console.warn = warn;
  });
  for (const [url, wrong] of [
    ['127.0.0.1:2113', /esdb:\/\/ or esdb\+discover:\/\//],
    ['https://admin:sesame@eventstore.example:2113', /esdb:\/\/ or esdb\+discover:\/\//],
    ['esdb://admin:sesame@127.0.0.1:port', /position 30 there should be port number/],
    ['esdb://admin:sesame', /port number/],
    ['esdb://admin:sesame@', /host/],
    ['esdb://admin:ses:ame@127.0.0.1:2113:2114', /, or \?key=value/],
    ['esdb://admin:sesame@127.0.0.1?tls=maybe', /true or false/],
    ['esdb://admin:sesame@127.0.0.1?nodePreference=nearest', /leader/],
    ['esdb://admin:sesame@127.0.0.1?keepAliveInterval=soon', /Integer/],
    ['esdb://admin:sesame@127.0.0.1?keepAliveInterval=-5', /keepAliveInterval/],
    ['esdb://admin:sesame@127.0.0.1?tls', /key=value/],
    ['esdb://admin:sesame@127.0.0.1?tls=false&colour=red', /no option "colour"/],
    ['esdb://admin:sesame@127.0.0.1?tlsVerifyCert=false', /tlsCAFile/],
    ['esdb://admin:sesame@127.0.0.1?tlsCAFile=/nowhere.pem', /certificate/],
    ['esdb://admin:sesame@127.0.0.1?throw_on_append_failure=false', /throwOnAppendFailure has to stay true/],
  ] as const) {
    const error = (() => {
      try {
        openEventStoreLog({ connectionString: url });
      } catch (thrown) {
        return thrown;
      }
      return undefined;
    })();
    t.match(error, { code: 'bad-config', message: wrong }, url);
    t.match((error as Error).message, /EVENTSTORE_URL: /);
    t.notMatch(inspect(error, { depth: 9, showHidden: true }), /sesame|ses:ame/, url);
  }
  t.notMatch(warned.join('\n'), /sesame/);
  for (const options of ['', '?tls=false&maxDiscoverAttempts=2&Discovery_Interval=50', '?throwOnAppendFailure=true&tlsVerifyCert=true'])
    await openEventStoreLog({ connectionString: `esdb://admin:s?e&s=a,me@127.0.0.1:2113${options}` }).close();
});
