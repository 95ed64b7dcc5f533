/**
 * Hindcast in this process: the data folder that nobody holds, or the log of EVENTSTORE_URL, opened as the server opens it, but
 * for listening.
 */
import { pino } from 'pino';
import { stories } from '../../events/stories/all.js';
import { createApp } from '../app.js';
import { readConfig } from '../config.js';
import { client, replay } from '../sdk/index.js';
import type { House, HouseOptions } from './house.js';
import { ADDRESS, connectTo } from './in-process.js';

/** Throws `data-in-use`, `log-unavailable`, … where it cannot be opened, having let go of all of it. */
export async function openFolder({ env, tell, signal }: HouseOptions): Promise<House> {
  const config = readConfig(env);
  // Who has the folder may do everything with it, and nobody else reaches it here.
  const own = { ...config, tokens: [], publicStories: [], hosts: [], origins: [], esdbPort: null };
  const app = await createApp(own, pino({ level: env.LOG_LEVEL ?? 'silent' }, pino.destination(2)), { seeded: [] });
  try {
    await app.timeline.settled();
    await app.server.ready();
    const { fetch, webSocket } = connectTo(app.server.server);
    const hindcast = client(ADDRESS, { fetch, ...(signal === undefined ? {} : { signal }) });
    if (config.eventStore === null && (await hindcast.stories()).length === 0) {
      for (const { id, drafts } of stories) await hindcast.append(id, drafts, { absent: true });
      // This is answered when they are there to be played, too.
      await hindcast.stories();
      tell(`There was no story in ${config.data}: the built-in one was recorded there.`);
    }
    return {
      client: hindcast,
      replay: (what, id, more) =>
        replay(`${ADDRESS}/${what}/${encodeURIComponent(id)}/replay`, { ...(signal === undefined ? {} : { signal }), ...more, webSocket }),
      close: () => app.close(),
    };
  } catch (error) {
    await app.close();
    throw error;
  }
}
