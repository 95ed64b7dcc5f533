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
  t.strictSame(readConfig({}), { port: 8080, host: '127.0.0.1', data: resolve('data'), hosts: [], origins: [], logLevel: 'info' });
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

t.test('names each variable at fault, and refuses what this version does not serve', (t) => {
  t.strictSame(faults({ PORT: 'eighty' }), ['PORT']);
  t.strictSame(faults({ PORT: '99999' }), ['PORT']);
  t.strictSame(faults({ HOST: '0.0.0.0' }), ['HOST']);
  t.strictSame(faults({ HINDCAST_DATA: '' }), ['HINDCAST_DATA']);
  t.strictSame(faults({ LOG_LEVEL: 'loud' }), ['LOG_LEVEL']);
  t.strictSame(faults({ HINDCAST_ORIGINS: 'news.example' }), ['HINDCAST_ORIGINS']);
  t.strictSame(faults({ EVENTSTORE_URL: 'esdb://localhost', HINDCAST_TOKENS: 'read:x' }), ['EVENTSTORE_URL', 'HINDCAST_TOKENS']);
  t.end();
});

t.test('loopback is loopback', (t) => {
  for (const name of ['localhost', '127.0.0.1', '127.9.9.9', '::1', '[::1]', 'LOCALHOST']) t.ok(isLoopback(name), name);
  for (const name of ['0.0.0.0', '127.0.0.1.example', 'localhost.example', '128.0.0.1', '']) t.notOk(isLoopback(name), name);
  t.end();
});
