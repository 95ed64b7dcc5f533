import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import t from 'tap';
import { isLoopback, readConfig } from '../src/config.js';

const faults = (env: Record<string, string>) => {
  try {
    readConfig(env);
    return [];
  } catch (error) {
    return (error as { faults: { at: string }[] }).faults.map((fault) => fault.at);
  }
};

t.test('without any variable it serves on loopback, from ./data', (t) => {
  t.strictSame(readConfig({}), {
    port: 8080,
    host: '127.0.0.1',
    data: resolve('data'),
    eventStore: null,
    maxAppendBytes: 1_048_576,
    esdbPort: null,
    hosts: [],
    origins: [],
    tokens: [],
    publicStories: [],
    readyLagMs: 10_000,
    readyLogMs: 2_000,
    logLevel: 'info',
  });
  t.throws(
    () => {
      (readConfig({}) as { port: number }).port = 1;
    },
    TypeError,
    'it is frozen',
  );
  t.end();
});

t.test('reads what is given', (t) => {
  const config = readConfig({
    PORT: '0',
    HOST: 'localhost',
    HINDCAST_DATA: '/somewhere',
    HINDCAST_HOSTS: 'News.example, desk.example',
    HINDCAST_ORIGINS: 'https://news.example',
    LOG_LEVEL: 'debug',
  });
  t.match(config, {
    port: 0,
    host: 'localhost',
    data: '/somewhere',
    hosts: ['news.example', 'desk.example'],
    origins: ['https://news.example'],
    logLevel: 'debug',
  });
  t.end();
});

t.test('names each variable at fault', (t) => {
  t.strictSame(faults({ PORT: 'eighty' }), ['PORT']);
  t.strictSame(faults({ PORT: '99999' }), ['PORT']);
  t.strictSame(faults({ HINDCAST_MAX_APPEND_SIZE: '1 MB' }), ['HINDCAST_MAX_APPEND_SIZE']);
  t.strictSame(faults({ HINDCAST_MAX_APPEND_SIZE: '1000' }), ['HINDCAST_MAX_APPEND_SIZE']);
  t.strictSame(faults({ EVENTSTORE_URL: 'esdb://localhost', EVENTSTORE_MAX_APPEND_SIZE: '99999999' }), ['EVENTSTORE_MAX_APPEND_SIZE']);
  t.strictSame(faults({ EVENTSTORE_MAX_APPEND_SIZE: '2000000' }), ['EVENTSTORE_MAX_APPEND_SIZE'], 'the limit of a log that is not used');
  t.strictSame(faults({ EVENTSTORE_URL: 'esdb://localhost', HINDCAST_MAX_APPEND_SIZE: '2000000' }), ['HINDCAST_MAX_APPEND_SIZE']);
  t.strictSame(faults({ HOST: '0.0.0.0' }), ['HOST']);
  t.strictSame(faults({ HINDCAST_DATA: '' }), ['HINDCAST_DATA']);
  t.strictSame(faults({ LOG_LEVEL: 'loud' }), ['LOG_LEVEL']);
  t.strictSame(faults({ HINDCAST_ORIGINS: 'news.example' }), ['HINDCAST_ORIGINS']);
  t.strictSame(faults({ HINDCAST_ESDB_PORT: '70000' }), ['HINDCAST_ESDB_PORT']);
  t.strictSame(faults({ HINDCAST_ESDB_PORT: 'x', HINDCAST_TOKENS: 'read:x' }), ['HINDCAST_ESDB_PORT', 'HINDCAST_TOKENS']);
  t.strictSame(faults({ EVENTSTORE_URL: 'esdb://localhost', HINDCAST_ESDB_PORT: '2113' }), ['HINDCAST_ESDB_PORT'], 'there is no embedded log to serve');
  t.match(readConfig({ EVENTSTORE_URL: 'esdb://localhost', EVENTSTORE_MAX_APPEND_SIZE: '4000000' }), { maxAppendBytes: 4_000_000 });
  for (const name of ['HINDCAST_READY_LAG', 'HINDCAST_READY_LOG'])
    for (const value of ['0', '3601', '1.5', '-1', 'soon', '2 s']) t.strictSame(faults({ [name]: value }), [name], `${name}=${value}`);
  t.match(readConfig({ HINDCAST_READY_LAG: '60', HINDCAST_READY_LOG: '5' }), { readyLagMs: 60_000, readyLogMs: 5_000 });
  t.match(readConfig({ HINDCAST_MAX_APPEND_SIZE: '65536' }), { maxAppendBytes: 65_536 });
  t.match(readConfig({ EVENTSTORE_URL: 'esdb://localhost' }), { eventStore: 'esdb://localhost', esdbPort: null });
  t.match(readConfig({ HINDCAST_ESDB_PORT: '0' }), { eventStore: null, esdbPort: 0 });
  t.end();
});

const TOKEN = 'a-long-enough-token_1';
const digest = createHash('sha256').update(TOKEN).digest('hex');

t.test('tokens have a role, and one story or all; with them any interface may be served', (t) => {
  const config = readConfig({
    HOST: '0.0.0.0',
    HINDCAST_TOKENS: ` read:${TOKEN}, write:${TOKEN}@my-story ,host:b64+/token/====== `,
    HINDCAST_PUBLIC: 'one, two',
  });
  t.match(config, {
    host: '0.0.0.0',
    tokens: [
      { role: 'read', story: null, digest },
      { role: 'write', story: 'my-story', digest },
      { role: 'host', story: null },
    ],
    publicStories: ['one', 'two'],
  });
  t.notMatch(JSON.stringify(config), TOKEN, 'what is kept is not the token');
  for (const part of [config, config.tokens, config.tokens[0], config.publicStories]) t.ok(Object.isFrozen(part));
  t.strictSame(readConfig({ HINDCAST_TOKENS: ' ', HINDCAST_PUBLIC: 'one' }).tokens, [], 'stories may be public without tokens');
  t.strictSame(faults({ HOST: '0.0.0.0', HINDCAST_PUBLIC: 'one' }), ['HOST']);
  t.end();
});

t.test('a fault in the tokens names the entry and repeats nothing of it', (t) => {
  const secret = 'sesame-sesame-sesame';
  const cases: [string, RegExp][] = [
    [`read:${TOKEN},${secret}`, /entry 2 is not role:token/],
    [`${secret}:read`, /entry 1 has no role of read, write, host, admin/],
    [`Read:${secret}`, /entry 1 has no role/],
    [`read:${TOKEN},write:short`, /entry 2 has a token that is not 16 to 256/],
    [`read:${secret.repeat(20)}`, /entry 1 has a token that is not 16 to 256/],
    [`read:${secret} x`, /entry 1 has a token with characters/],
    [`read:${secret}:x`, /entry 1 has a token with characters/],
    [`read:${secret}ü`, /entry 1 has a token with characters/],
    [`read:${secret}@`, /entry 1 names no story/],
    [`read:${secret}@My Story`, /entry 1 names no story/],
    [`read:${secret}@a@b`, /entry 1 names no story/],
    [`read:${TOKEN},`, /entry 2 is not/],
    [',', /entry 1 is not/],
  ];
  for (const [tokens, message] of cases) {
    try {
      readConfig({ HOST: '0.0.0.0', HINDCAST_TOKENS: tokens });
      t.fail(`${tokens} is taken`);
    } catch (error) {
      t.match(error, { code: 'bad-config', message }, tokens);
      t.match((error as Error).message, 'HINDCAST_TOKENS');
      const said = `${(error as Error).stack}${JSON.stringify(error)}`;
      for (const part of ['sesame', TOKEN, 'short', 'My Story']) t.notMatch(said, part);
      t.notMatch(said, 'HOST:', 'it is not the interface that is wrong');
    }
  }
  t.strictSame(faults({ HINDCAST_PUBLIC: 'one,No' }), ['HINDCAST_PUBLIC']);
  t.end();
});

t.test('loopback is loopback', (t) => {
  for (const name of ['localhost', '127.0.0.1', '127.9.9.9', '::1', '[::1]', 'LOCALHOST']) t.ok(isLoopback(name), name);
  for (const name of ['0.0.0.0', '127.0.0.1.example', 'localhost.example', '128.0.0.1', '']) t.notOk(isLoopback(name), name);
  t.end();
});
