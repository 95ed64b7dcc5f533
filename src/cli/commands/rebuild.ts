/**
 * `hindcast rebuild`: the read model is deleted and made anew from the log as it is.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { readConfig } from '../../config.js';
import type { Context } from '../context.js';

export function addRebuild(program: Command, context: Context): void {
  program
    .command('rebuild')
    .description('make the read model anew from the log as it is: where the log was replaced, or restored from an older backup')
    .addHelpText('after', "\nExample:\n  $ EVENTSTORE_URL='esdb://127.0.0.1:2113?tls=false' HINDCAST_DATA=/srv/hindcast hindcast rebuild")
    .action(async () => {
      context.refuseUrl('it deletes the read model in a data folder of this machine');
      const config = readConfig(context.env);
      const [{ acquireFolder }, { readModelOf }] = await Promise.all([import('../../log/embedded/folder-lock.js'), import('../../app.js')]);
      const release = await acquireFolder(config.data);
      try {
        await rm(join(config.data, readModelOf(config)), { recursive: true, force: true });
      } finally {
        await release();
      }
      const stories = await context.withHouse(({ client }) => client.stories());
      context.report({ stories: stories.length, events: stories.reduce((sum, { events }) => sum + events, 0) });
    });
}
