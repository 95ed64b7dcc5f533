/**
 * `hindcast serve`: the server, as `npm start` runs it.
 */
import type { Command } from 'commander';
import type { Context } from '../context.js';

export function addServe(program: Command, context: Context): void {
  program
    .command('serve')
    .description('serve stories, as npm start does')
    .addHelpText('after', '\nExample:\n  $ PORT=9000 HINDCAST_DATA=/somewhere hindcast serve')
    .action(async () => {
      context.refuseUrl('it is what starts a server');
      await import('../../main.js');
    });
}
