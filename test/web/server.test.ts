/** Where the page asks: beside itself, wherever it is served, and with which token. */
import t from 'tap';
import { serverOf } from '../../web/player/server.js';

t.test('what is asked for lies beside the page', async (t) => {
  for (const [page, beside] of [
    ['http://127.0.0.1:8080/', 'http://127.0.0.1:8080/'],
    ['http://127.0.0.1:8080/?story=x#t=2016-10-20T00:00:00Z', 'http://127.0.0.1:8080/'],
    ['https://example.org/some/prefix/?embed', 'https://example.org/some/prefix/'],
    ['https://example.org/some/prefix/index.html', 'https://example.org/some/prefix/'],
  ] as const)
    t.equal(serverOf(page, () => undefined).client.url, beside);
});

t.test('a replay is beside the page too, and its own token goes before that of the reader', async (t) => {
  let given: string | undefined = 'of-the-reader';
  const { replay } = serverOf('https://example.org/some/prefix/?session=a%2Fb', () => given);
  /** Opens a replay over a socket that says nothing; answers where it was opened and what was said first. */
  const opened = (what: 'stories' | 'sessions', id: string, token?: string) =>
    new Promise<{ address: string; said: string | undefined }>((resolve) => {
      const watched = replay(what, id, {
        ...(token === undefined ? {} : { token }),
        webSocket: class {
          onopen: unknown;
          onmessage: unknown;
          onclose: unknown;
          onerror: unknown;
          private said: string | undefined;
          constructor(address: string) {
            queueMicrotask(() => {
              (this.onopen as () => void)();
              watched.close();
              resolve({ address: address.split('?')[0] ?? '', said: this.said });
            });
          }
          send(text: string) {
            this.said = text;
          }
          close() {}
        },
      });
    });
  t.match(await opened('stories', 'x'), { address: 'wss://example.org/some/prefix/stories/x/replay', said: /of-the-reader/ });
  t.match(await opened('sessions', 'a/b', 'of-the-host'), { address: 'wss://example.org/some/prefix/sessions/a%2Fb/replay', said: /of-the-host/ });
  given = undefined;
  t.strictSame(await opened('stories', 'x'), { address: 'wss://example.org/some/prefix/stories/x/replay', said: undefined });
});
