/**
 * `hindcast backup`: the log of the data folder, copied into a new data folder.
 */
import { join } from 'node:path';
import type { Command } from 'commander';
import { readConfig } from '../../config.js';
import { HindcastError } from '../../errors.js';
import type { Context } from '../context.js';

export function addBackup(program: Command, context: Context): void {
  program
    .command('backup')
    .description('copy the log of the data folder into a new data folder, also while a server holds it')
    .argument('<folder>')
    .addHelpText('after', '\nExample:\n  $ HINDCAST_DATA=/srv/hindcast hindcast backup /backups/today')
    .action(async (folder: string) => {
      context.refuseUrl('it copies a data folder of this machine');
      const { data, eventStore } = readConfig(context.env);
      if (eventStore !== null)
        throw new HindcastError('bad-request', 'EventStoreDB has backups of its own.', [{ at: 'EVENTSTORE_URL', message: 'not a data folder' }]);
      const [{ backupLog }, { logFolder }] = await Promise.all([import('../../log/embedded/backup.js'), import('../../open-log.js')]);
      await backupLog(logFolder(data), logFolder(folder));
      context.report({ backup: join(folder) });
    });
}
