/**
 * The server that the page came from, as the SDK has it.
 * Invariant: all that is asked of it lies beside the page, wherever that is served, and goes with the reader's token.
 */
import { type Client, client, type Replay, type ReplayOptions, replay } from '../../src/sdk/index.js';

export interface Server {
  readonly client: Client;
  /** A private replay of a story, or a shared one by the id of its session. A token of its own goes before the reader's. */
  replay(what: 'stories' | 'sessions', id: string, options: ReplayOptions): Replay;
}

/** `page` is the address that the page's links are relative to. */
export function serverOf(page: string, token: () => string | undefined): Server {
  const hindcast = client(new URL('.', page), { token });
  return {
    client: hindcast,
    replay(what, id, options) {
      const bearer = token();
      return replay(new URL(`${what}/${encodeURIComponent(id)}/replay`, hindcast.url), { ...(bearer === undefined ? {} : { token: bearer }), ...options });
    },
  };
}
