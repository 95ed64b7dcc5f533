/**
 * What the story says of itself: who takes part, where it comes from, its turning points and what its source leaves open.
 * Invariant: names as the article gives them; the doubts are those of README.md, in its order.
 */
import { type Description, ZONE } from './draft.js';
import { doubts } from './doubts.js';

type Participants = Description['data']['participants'];

const person = (id: string, name: string, description: string, aliases: string[] = []): Participants[number] => ({
  id,
  name,
  aliases,
  kind: 'person',
  description,
});
const body = (id: string, name: string, description: string, aliases: string[] = []): Participants[number] => ({
  id,
  name,
  aliases,
  kind: 'organisation',
  description,
});
const group = (id: string, name: string, description: string, aliases: string[] = []): Participants[number] => ({
  id,
  name,
  aliases,
  kind: 'group',
  description,
});

const participants: Participants = [
  body('wikileaks', 'Wikileaks', 'A radical transparency organization, which writes from its Twitter account; who wrote for it is not told.', [
    '@wikileaks',
    'the Wikileaks Twitter account',
  ]),
  person('donald-trump-jr', 'Donald Trump Jr.', 'Oldest son of Donald Trump and campaign surrogate.', ['Trump Jr.', 'Trump, Jr.', 'Trump Jr', 'Don', 'Donald']),
  person('donald-trump', 'Donald Trump', 'Republican nominee, then president-elect, then president.', ['Trump', 'President Donald Trump']),
  person('hillary-clinton', 'Hillary Clinton', 'Democratic nominee.', ['Clinton', '@HillaryClinton']),
  person('julian-assange', 'Julian Assange', 'Founder of Wikileaks.', ['Assange', 'Mr. Assange']),
  person('roger-stone', 'Roger Stone', 'Informal advisor to Donald Trump.'),
  person('steve-bannon', 'Steve Bannon', 'Senior official with the Trump campaign.'),
  person('kellyanne-conway', 'Kellyanne Conway', 'Senior official with the Trump campaign.'),
  person('brad-parscale', 'Brad Parscale', 'Senior official with the Trump campaign.'),
  person('jared-kushner', 'Jared Kushner', 'Senior official with the Trump campaign, son-in-law of Donald Trump.', ['Kushner']),
  group(
    'senior-campaign-officials',
    'Other senior officials with the Trump campaign',
    'Those to whom the e-mail went beside the four who are named; whether there were any is not told.',
  ),
  person('hope-hicks', 'Hope Hicks', 'Campaign communications staffer.'),
  person('rob-glaser', 'Rob Glaser', 'Tech entrepreneur, founder of the site putintrump.org.'),
  { id: 'putintrump-org', name: 'putintrump.org', aliases: [], kind: 'unknown', description: 'An anti-Trump site.' },
  body('progress-for-usa-pac', 'Progress for USA Political Action Committee', 'It funded the site putintrump.org.'),
  body('mother-jones', 'Mother Jones', 'Partner in the site putintrump.org.'),
  body('new-york-times', 'The New York Times', 'Newspaper.', ['NYT', 'the New York Times']),
  body('fivethirtyeight', 'FiveThirtyEight', 'Prognosticator of the election.'),
  person('natalia-veselnitskaya', 'Natalia Veselnitskaya', 'Russian lawyer with connections to the prosecutor general of Russia.'),
  person('rob-goldstone', 'Rob Goldstone', 'Publicist who helped to set up the meeting of June 2016.'),
  group('london-investigators', 'London investigators', 'They looked into accusations against Julian Assange.'),
  group('trump-jr-lawyers', 'Trump Jr.’s lawyers', 'They turned the messages over to congressional investigators.'),
  person('alan-futerfas', 'Alan Futerfas', 'An attorney for Donald Trump Jr.'),
  body('us-congress', 'Congress', 'Its committees investigate Russian meddling in the campaign of 2016.', ['congressional investigators', 'the committees']),
  {
    id: 'congressional-source',
    name: 'A source familiar with the congressional investigations',
    aliases: [],
    kind: 'unknown',
    description: 'Anonymous by request.',
  },
  group('us-intelligence', 'American intelligence services', 'They accuse the Kremlin of an effort in the campaign.', ['the American intelligence community']),
  { id: 'special-counsel', name: 'The special counsel inquiry', aliases: [], kind: 'group', description: 'It has led to the indictment of Paul Manafort.' },
  person('paul-manafort', 'Paul Manafort', 'Former chair of the Trump campaign.'),
  body('the-atlantic', 'The Atlantic', 'It obtained the messages and published the article.'),
];

export const described: Description = {
  type: 'StoryDescribed',
  id: 'story',
  data: {
    title: 'Wikileaks and Donald Trump Jr., September 2016 to July 2017',
    description:
      'Private messages between the Wikileaks Twitter account and Donald Trump Jr., with what was said and done in public around them, as one article in The Atlantic tells it. What the article leaves open is listed as doubts.',
    timeZone: ZONE,
    participants,
    sources: [
      {
        id: 'atlantic',
        title: 'Article in The Atlantic on the messages between Wikileaks and Donald Trump Jr.',
        publisher: 'The Atlantic',
        published: '2017, by its own words “last year’s presidential election”',
        note: 'The text as read has neither headline nor author nor date. Its paragraphs are counted from 1; there are 23. Quotes keep its spelling and its marks.',
      },
    ],
    chapters: [
      { event: 'meeting-2016-06', title: 'A meeting in June' },
      { event: 'wl-2016-09-20-putintrump', title: 'The first message' },
      { event: 'tj-2016-09-21-emails-officials', title: 'An e-mail to senior officials' },
      { event: 'wl-2016-10-03-push-story', title: 'The exchange of October 3' },
      { event: 'wl-2016-10-12-tweet-this-link', title: 'A link' },
      { event: 'wl-2016-10-21-tax-returns', title: 'The tax returns' },
      { event: 'wl-2016-11-08-do-not-concede', title: 'Election Day' },
      { event: 'wl-2016-12-16-ambassador', title: 'An ambassador from Australia' },
      { event: 'wl-winter-spring-links', title: 'Winter and spring' },
      { event: 'nyt-2017-07-08-meeting-story', title: 'The meeting is reported' },
      { event: 'wl-2017-07-11-emails', title: 'The e-mails' },
      { event: 'messages-turned-over', title: 'The messages reach Congress' },
      { event: 'atlantic-publication', title: 'The article' },
    ],
    doubts: doubts.map((doubt) => doubt.says),
  },
};
