/**
 * What followed the correspondence: the investigations, the turning over of the messages, the article itself.
 * Invariant: none of it is dated; all of it had happened when the article was out, in the year after the election. `seq` keeps
 * the order the article gives or implies, and nothing more may be read from it.
 */
import { type Action, byPublication, cite, PUBLISHED_BY, ZONE } from './draft.js';

/** The messages were complete no sooner than the last of them. */
const LAST_MESSAGE = '2017-07-11T09:29:00-04:00';

export const aftermath: Action[] = [
  {
    type: 'ActionTaken',
    id: 'putintrump-joint-project',
    when: {
      precision: 'unknown',
      earliest: '2016-09-20T23:00:00-04:00',
      latest: PUBLISHED_BY,
      stated: 'since',
      relative: { to: 'wl-2016-09-20-putintrump', offset: 'after', approximate: false },
      zone: ZONE,
    },
    seq: -11,
    sources: [cite(1, 'The site, which has since become a joint project with Mother Jones')],
    data: {
      by: 'putintrump-org',
      with: ['mother-jones'],
      action: 'partnership',
      description: 'The site putintrump.org becomes a joint project with Mother Jones.',
      links: [],
    },
  },
  {
    type: 'ActionTaken',
    id: 'congress-investigates',
    when: { precision: 'unknown', latest: PUBLISHED_BY, relative: { to: 'messages-turned-over', offset: 'before', approximate: false }, zone: ZONE },
    seq: -10,
    sources: [
      cite(
        5,
        'The messages were turned over to Congress as part of that body’s various ongoing investigations into Russian meddling in the 2016 presidential campaign.',
      ),
      cite(5, 'That effort—and the president’s response to it—has spawned multiple congressional investigations'),
    ],
    data: {
      by: 'us-congress',
      action: 'investigation',
      description: 'Congress opens various investigations into Russian meddling in the 2016 presidential campaign.',
      links: [],
    },
  },
  {
    type: 'ActionTaken',
    id: 'congress-asks-for-documents',
    when: { precision: 'unknown', latest: PUBLISHED_BY, relative: { to: 'messages-turned-over', offset: 'before', approximate: false }, zone: ZONE },
    seq: -9,
    visibility: 'private',
    disclosures: [{ to: 'public', at: PUBLISHED_BY, event: 'futerfas-statement', stated: 'in response to their requests' }],
    sources: [
      cite(
        4,
        'have voluntarily turned over thousands of documents in response to their requests',
        'Known from the attorney alone; how many requests there were is not said.',
      ),
    ],
    data: {
      by: 'us-congress',
      with: ['trump-jr-lawyers'],
      action: 'request',
      description: 'By the account of Alan Futerfas, the committees request documents.',
      links: [],
    },
  },
  {
    type: 'ActionTaken',
    id: 'special-counsel-inquiry',
    when: { precision: 'unknown', latest: PUBLISHED_BY, relative: { to: 'manafort-indicted', offset: 'before', approximate: false }, zone: ZONE },
    seq: -8,
    sources: [cite(5, 'That effort—and the president’s response to it—has spawned multiple congressional investigations, and a special counsel inquiry')],
    data: { by: 'special-counsel', action: 'investigation', description: 'A special counsel inquiry begins.', links: [] },
  },
  {
    type: 'ActionTaken',
    id: 'manafort-indicted',
    when: { precision: 'unknown', latest: PUBLISHED_BY, relative: { to: 'special-counsel-inquiry', offset: 'after', approximate: false }, zone: ZONE },
    seq: -7,
    sources: [
      cite(
        5,
        'a special counsel inquiry that has led to the indictment of Trump’s former campaign chair, Paul Manafort, for financial crimes',
        'Who indicted him is not said, only that the inquiry led to it.',
      ),
    ],
    data: {
      by: 'special-counsel',
      with: ['paul-manafort'],
      action: 'indictment',
      description: 'The special counsel inquiry leads to the indictment of Paul Manafort, former chair of the Trump campaign, for financial crimes.',
      links: [],
    },
  },
  {
    type: 'ActionTaken',
    id: 'messages-turned-over',
    when: {
      precision: 'unknown',
      earliest: LAST_MESSAGE,
      latest: PUBLISHED_BY,
      stated: 'Over the last several months',
      relative: { to: 'wl-2017-07-11-emails', offset: 'after', approximate: false },
      zone: ZONE,
    },
    seq: -6,
    visibility: 'private',
    disclosures: [byPublication],
    sources: [
      cite(
        3,
        'The messages, obtained by The Atlantic, were also turned over by Trump Jr.’s lawyers to congressional investigators.',
        'The turning over of all of them ended no sooner than the last was sent; earlier ones may have gone before.',
      ),
      cite(
        5,
        'The messages were turned over to Congress as part of that body’s various ongoing investigations into Russian meddling in the 2016 presidential campaign.',
      ),
      cite(
        4,
        'Over the last several months, we have worked cooperatively with each of the committees and have voluntarily turned over thousands of documents in response to their requests',
      ),
    ],
    data: {
      by: 'trump-jr-lawyers',
      with: ['us-congress'],
      action: 'disclosure',
      description: 'The lawyers of Donald Trump Jr. have turned the messages over to congressional investigators.',
      links: [],
    },
  },
  {
    type: 'ActionTaken',
    id: 'atlantic-obtains-messages',
    when: {
      precision: 'unknown',
      earliest: LAST_MESSAGE,
      latest: PUBLISHED_BY,
      relative: { to: 'wl-2017-07-11-emails', offset: 'after', approximate: false },
      zone: ZONE,
    },
    seq: -5,
    visibility: 'private',
    disclosures: [byPublication],
    sources: [
      cite(
        3,
        'The messages, obtained by The Atlantic',
        'From whom, when, and whether before or after Congress had them is not said; the attorney speaks of documents leaked.',
      ),
    ],
    data: { by: 'the-atlantic', action: 'disclosure', description: 'The Atlantic has obtained the messages.', links: [] },
  },
  {
    type: 'ActionTaken',
    id: 'source-speaks',
    when: { precision: 'unknown', latest: PUBLISHED_BY, relative: { to: 'tj-2016-09-21-emails-officials', offset: 'after', approximate: false }, zone: ZONE },
    seq: -4,
    visibility: 'private',
    disclosures: [byPublication],
    sources: [
      cite(
        6,
        'According to a source familiar with the congressional investigations into Russian interference with the 2016 campaign, who requested anonymity because the investigation is ongoing, on the same day that Trump Jr. received the first message from Wikileaks, he emailed other senior officials with the Trump campaign',
      ),
    ],
    data: {
      by: 'congressional-source',
      with: ['the-atlantic'],
      action: 'statement',
      description: 'A source familiar with the congressional investigations, who requests anonymity, tells of the e-mail to senior officials of the campaign.',
      links: [],
    },
  },
  {
    type: 'ActionTaken',
    id: 'atlantic-asks-for-comment',
    when: {
      precision: 'unknown',
      earliest: LAST_MESSAGE,
      latest: PUBLISHED_BY,
      relative: { to: 'atlantic-obtains-messages', offset: 'after', approximate: false },
      zone: ZONE,
    },
    seq: -3,
    visibility: 'private',
    disclosures: [byPublication],
    sources: [
      cite(
        4,
        'Wikileaks did not respond to requests for comment.',
        'Who asked, how often and when is not said; read as the publication’s own requests, about these messages.',
      ),
    ],
    data: { by: 'the-atlantic', with: ['wikileaks'], action: 'request', description: 'Wikileaks is asked for comment.', links: [] },
  },
  {
    type: 'ActionTaken',
    id: 'futerfas-statement',
    when: {
      precision: 'unknown',
      earliest: LAST_MESSAGE,
      latest: PUBLISHED_BY,
      relative: { to: 'messages-turned-over', offset: 'after', approximate: false },
      zone: ZONE,
    },
    seq: -2,
    sources: [
      cite(
        4,
        '“Over the last several months, we have worked cooperatively with each of the committees and have voluntarily turned over thousands of documents in response to their requests,” said Alan Futerfas, an attorney for Donald Trump Jr. “Putting aside the question as to why or by whom such documents, provided to Congress under promises of confidentiality, have been selectively leaked, we can say with confidence that we have no concerns about these documents and any questions raised about them have been easily answered in the appropriate forum.”',
        'When and to whom he said it is not told.',
      ),
    ],
    data: {
      by: 'alan-futerfas',
      action: 'statement',
      description: 'Alan Futerfas, an attorney for Donald Trump Jr., makes a statement on the documents.',
      links: [],
      words:
        'Over the last several months, we have worked cooperatively with each of the committees and have voluntarily turned over thousands of documents in response to their requests\nPutting aside the question as to why or by whom such documents, provided to Congress under promises of confidentiality, have been selectively leaked, we can say with confidence that we have no concerns about these documents and any questions raised about them have been easily answered in the appropriate forum.',
    },
  },
  {
    type: 'ActionTaken',
    id: 'atlantic-publication',
    when: {
      precision: 'unknown',
      earliest: LAST_MESSAGE,
      latest: PUBLISHED_BY,
      relative: { to: 'tj-2017-07-11-posts-emails', offset: 'after', approximate: false },
      zone: ZONE,
    },
    sources: [
      cite(1, 'at the height of last year’s presidential election', 'The article bears no date; these words put it into 2017.'),
      cite(3, 'The messages, obtained by The Atlantic'),
      cite(
        3,
        'They are part of a long—and largely one-sided—correspondence between Wikileaks and the president’s son that continued until at least July 2017.',
      ),
    ],
    data: { by: 'the-atlantic', action: 'publication', description: 'The Atlantic publishes its article on the messages.', links: [] },
  },
];
