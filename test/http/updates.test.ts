import t from 'tap';
import { buildApp } from '../support/app.js';
import { answer, hour, message, request } from '../support/drafts.js';

interface Update {
  readonly id: string;
  readonly data: { position: string; state: { totals: Record<string, number> } };
}

/** Reads server-sent events as they come. */
async function* updatesOf(response: Response): AsyncGenerator<Update> {
  let text = '';
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += new TextDecoder().decode(chunk);
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const fields = new Map(
        text
          .slice(0, end)
          .split('\n')
          .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)] as const),
      );
      text = text.slice(end + 2);
      if (fields.get('event') === 'state') yield { id: fields.get('id') ?? '', data: JSON.parse(fields.get('data') ?? 'null') };
    }
  }
}

t.test('a view at the head of the log: as it is, then whenever it changes, and from where a reader was', async (t) => {
  const app = await buildApp(t);
  const address = await app.listen();
  const append = async (drafts: unknown) => {
    const reply = await fetch(`${address}/stories/mine/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(drafts),
    });
    const { position } = (await reply.json()) as { position: string };
    await fetch(`${address}/stories?minPosition=${position}`);
    return position;
  };
  await append([message('m1', hour(1)), request('r1', 'm1')]);
  const abort = new AbortController();
  t.teardown(() => abort.abort());
  const url = `${address}/stories/mine/projections/unanswered-requests/updates`;
  const open = async (id?: string) => updatesOf(await fetch(url, { signal: abort.signal, headers: id === undefined ? {} : { 'last-event-id': id } }));
  const next = async (stream: AsyncGenerator<Update>) => (await stream.next()).value as Update;

  const first = await open();
  const start = await next(first);
  t.match(start.data.state.totals, { requests: 1, unanswered: 1 });
  t.equal(start.id, start.data.position);
  await append([message('quiet', hour(2))]);
  await append([message('m2', hour(3)), answer('a1', 'r1', 'm2')]);
  t.match((await next(first)).data.state.totals, { requests: 1, answered: 1 }, 'what changed nothing is no news');

  const back = await open(start.id);
  const caughtUp = await next(back);
  t.match(caughtUp.data.state.totals, { answered: 1 }, 'who comes back with an old id is told');
  const current = await open(caughtUp.id);
  await append([message('m3', hour(4), { requests: [{ text: 'another' }] })]);
  t.match((await next(current)).data.state.totals, { requests: 2 }, 'who comes back with the last id is told only what is new');
});

t.test('an unknown story or view is a problem, not a stream', async (t) => {
  const { server } = await buildApp(t);
  for (const [url, code] of [
    ['/stories/none/projections/unanswered-requests/updates', 'unknown-story'],
    ['/stories/wikileaks-trump-jr/projections/none/updates', 'unknown-projection'],
  ] as const)
    t.match((await server.inject({ url, headers: { host: 'localhost' } })).json(), { code });
});
