/**
 * `hindcast stories`: which stories there are.
 */
import type { Command } from 'commander';
import type { Context } from '../context.js';
import { cleanLine } from '../terminal/clean.js';
import { table } from '../terminal/layout.js';
import { zoneWords } from '../telling.js';

export function addStories(program: Command, context: Context): void {
  program
    .command('stories')
    .description('list the stories there are')
    .addHelpText('after', '\nExample:\n  $ hindcast stories --url http://127.0.0.1:8080')
    .action(async () => {
      const stories = await context.withHouse(({ client }) => client.stories());
      if (context.isJson) return context.printJson({ stories });
      if (stories.length === 0) return context.print('There is no story, or none that may be read so.');
      const rows = stories.map(({ id, title, events, from, to, timeZone, truncated, tombstoned }) => {
        const { date } = zoneWords(timeZone);
        const day = (at: string | null) => (at === null ? '' : date(Date.parse(at)));
        return [
          id,
          cleanLine(title),
          events.toLocaleString('en'),
          day(from),
          day(to),
          tombstoned === true ? 'closed by its log' : truncated === true ? 'events are missing in the log' : '',
        ];
      });
      const [head = '', ...lines] = table(
        [{ head: 'Story' }, { head: 'Title' }, { head: 'Happenings', side: 'right' }, { head: 'From' }, { head: 'To' }, { head: '' }],
        rows,
        context.width,
      );
      return context.print([context.style.bold(head), ...lines]);
    });
}
