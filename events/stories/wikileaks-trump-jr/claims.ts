/**
 * What people said was so. Invariant: a claim is recorded as said and never as a fact, neither answer nor follow-up;
 * that it was said is stated by the article, whose basis each claim here has.
 */
import { type Claim, cite } from './draft.js';

type Said = Pick<Claim['data'], 'about' | 'request' | 'note'>;

/** One claim: the article states that `event` says `claim`. */
function claim(id: string, event: string, words: string, paragraph: number, quote: string, more: Said = {}): Claim {
  return { type: 'ClaimIdentified', id, data: { event, claim: words, basis: 'stated', by: 'the-atlantic', citation: cite(paragraph, quote), ...more } };
}

export const claims: Claim[] = [
  claim(
    'claim-site-about-to-launch',
    'wl-2016-09-20-putintrump',
    'A political action committee runs the site putintrump.org, which is about to launch.',
    1,
    'A PAC run anti-Trump site putintrump.org is about to launch',
    {
      about: 'putintrump-launched',
    },
  ),
  claim(
    'claim-recycled-pac',
    'wl-2016-09-20-putintrump',
    'The committee is a recycled one that was for the war in Iraq.',
    1,
    'The PAC is a recycled pro-Iraq war PAC.',
  ),
  claim(
    'claim-password-guessed',
    'wl-2016-09-20-putintrump',
    'Wikileaks has guessed the password of the site.',
    1,
    'We have guessed the password. It is ‘putintrump.’',
    { about: 'putintrump-password-guessed' },
  ),
  claim('claim-does-not-know', 'tj-2016-09-21-ask-around', 'He does not know who that is.', 2, 'Off the record I don’t know who that is, but I’ll ask around'),
  claim(
    'claim-clinton-quote',
    'wl-2016-10-03-push-story',
    'Hillary Clinton spoke of wanting to “just drone” Julian Assange.',
    7,
    'attaching a quote from then-Democratic nominee Hillary Clinton about wanting to “just drone” Wikileaks founder, Julian Assange',
    {
      note: 'The quote itself, and when she is to have said it, is not given.',
    },
  ),
  claim(
    'claim-already-did',
    'tj-2016-10-03-already-did',
    'He had already commented on or pushed the story earlier that day.',
    8,
    '“Already did that earlier today,” Trump Jr. responded',
    {
      request: 'request-push-story',
      note: 'No such comment is recorded. Had there been one, it came before the request.',
    },
  ),
  claim(
    'claim-reading-of-leak',
    'tj-2016-10-03-wednesday-leak',
    'He keeps reading about a leak due on a Wednesday.',
    9,
    'this Wednesday leak I keep reading about',
    {
      note: 'The article goes on to the tweet of Roger Stone, and does not say that he meant it.',
    },
  ),
  claim('claim-clinton-is-done', 'stone-2016-10-02-wednesday', 'On Wednesday Hillary Clinton is done.', 9, 'Wednesday@HillaryClinton is done. #Wikileaks.'),
  claim(
    'claim-talking-about-publications',
    'wl-2016-10-12-tweet-this-link',
    'He and his father are talking about the publications of Wikileaks.',
    10,
    'great to see you and your dad talking about our publications',
    {
      note: 'The article adds the rally of October 10.',
    },
  ),
  claim(
    'claim-link-helps',
    'wl-2016-10-12-tweet-this-link',
    'The link wlsearch.tk would help followers dig through the documents and find stories.',
    11,
    'which it said would help Trump’s followers dig through the trove of stolen documents and find stories',
  ),
  claim(
    'claim-stories-missed',
    'wl-2016-10-12-tweet-this-link',
    'The press are missing many stories, and some of the followers will find them.',
    11,
    'There’s many great stories the press are missing and we’re sure some of your follows [sic] will find it',
  ),
  claim(
    'claim-podesta-part-4',
    'wl-2016-10-12-tweet-this-link',
    'Wikileaks has just released Podesta Emails Part 4.',
    11,
    'Btw we just released Podesta Emails Part 4.',
    { about: 'wl-podesta-emails-part-4' },
  ),
  claim(
    'claim-all-emails-here',
    'tj-2016-10-14-tweets-link',
    'All the e-mails of Wikileaks are at the link, with corruption and hypocrisy to read about.',
    12,
    'to read about all the corruption and hypocrisy all the @wikileaks emails are right here',
  ),
  claim(
    'claim-tax-fragment-published',
    'wl-2016-10-21-tax-returns',
    'The New York Times already published a fragment of the tax returns on October 1.',
    14,
    'One, The New York Times had already published a fragment of Trump’s tax returns on October 1',
    {
      about: 'nyt-2016-10-01-tax-fragment',
    },
  ),
  claim(
    'claim-rest-could-come-out',
    'wl-2016-10-21-tax-returns',
    'The rest of the tax returns could come out at any time.',
    14,
    'two, the rest could come out any time “through the most biased source (e.g. NYT/MSNBC).”',
  ),
  claim(
    'claim-impartiality',
    'wl-2016-10-21-tax-returns',
    'Publishing them would better the perception of its impartiality and give its publications on Clinton a higher impact.',
    15,
    'If we publish them it will dramatically improve the perception of our impartiality',
  ),
  claim('claim-rigging', 'wl-2016-11-08-do-not-concede', 'Rigging occurred.', 17, 'other types of rigging that occurred'),
  claim('claim-father-implied', 'wl-2016-11-08-do-not-concede', 'His father has implied that he might not concede.', 17, 'as he has implied that he might do'),
  claim(
    'claim-good-for-network',
    'wl-2016-11-08-do-not-concede',
    'Contesting the results would be good for the rumored plans of a media network.',
    17,
    'Wikileaks insisted that contesting the election results would be good for Trump’s rumored plans to start a media network should he lose the presidency.',
  ),
  claim(
    'claim-discussion-exposes',
    'wl-2016-11-08-do-not-concede',
    'The discussion can be transformative, as it exposes corruption.',
    17,
    'The discussion can be transformative as it exposes media corruption, primary corruption, PAC corruption, etc.',
  ),
  claim(
    'claim-pressure-on-countries',
    'wl-2016-12-16-ambassador',
    'Obama and Clinton placed pressure on Sweden, the UK and Australia to go after Julian Assange illicitly.',
    19,
    'Obama/Clinton placed pressure on Sweden, UK and Australia (his home country) to illicitly go after Mr. Assange.',
  ),
  claim(
    'claim-right-signals',
    'wl-2016-12-16-ambassador',
    'Australia will not do it, but it will send the right signals.',
    20,
    'They won’t do it but it will send the right signals to Australia, UK + Sweden',
  ),
  claim(
    'claim-assange-innocence',
    'assange-2016-12-07-testimony-released',
    'He is innocent.',
    20,
    'Assange, proclaiming his innocence, had released his testimony',
    { about: 'assange-testimony-given' },
  ),
  claim('claim-emails-cited', 'wl-2017-07-11-emails', 'The New York Times cites the e-mails that day.', 22, 'the email(s) cited in the New York Times today', {
    about: 'nyt-2017-07-11-emails-cited',
  }),
  claim(
    'claim-in-your-interest',
    'wl-2017-07-11-emails',
    'Publishing the e-mails is strongly in his interest.',
    22,
    'We think this is strongly in your interest',
  ),
  claim(
    'claim-unfavorable-narrative',
    'wl-2017-07-11-emails',
    'Enemies of his father in the press use the e-mails to spin an unfavorable narrative of the meeting.',
    22,
    'the argument that Trump’s enemies in the press were using the emails to spin an unfavorable narrative of the meeting',
  ),
  claim(
    'claim-source-email',
    'source-speaks',
    'Trump Jr. e-mailed senior officials of the campaign that Wikileaks had made contact, on the day he received the first message.',
    6,
    'on the same day that Trump Jr. received the first message from Wikileaks, he emailed other senior officials with the Trump campaign',
    {
      about: 'tj-2016-09-21-emails-officials',
    },
  ),
  claim(
    'claim-source-forward',
    'source-speaks',
    'Kushner forwarded the e-mail to Hope Hicks.',
    6,
    'Kushner then forwarded the email to campaign communications staffer Hope Hicks.',
    {
      about: 'kushner-forwards-email',
      note: 'The sentence follows the one given to the source; that it rests on the source too is a reading.',
    },
  ),
  claim(
    'claim-cooperation',
    'futerfas-statement',
    'They have worked cooperatively with each of the committees.',
    4,
    'we have worked cooperatively with each of the committees',
  ),
  claim(
    'claim-documents-turned-over',
    'futerfas-statement',
    'They have voluntarily turned over thousands of documents in response to requests.',
    4,
    'have voluntarily turned over thousands of documents in response to their requests',
    {
      about: 'messages-turned-over',
    },
  ),
  claim(
    'claim-confidentiality',
    'futerfas-statement',
    'The documents were provided to Congress under promises of confidentiality.',
    4,
    'such documents, provided to Congress under promises of confidentiality',
  ),
  claim('claim-selectively-leaked', 'futerfas-statement', 'The documents have been selectively leaked.', 4, 'have been selectively leaked'),
  claim(
    'claim-no-concerns',
    'futerfas-statement',
    'They have no concerns about the documents, and any questions about them have been easily answered in the appropriate forum.',
    4,
    'we have no concerns about these documents and any questions raised about them have been easily answered in the appropriate forum.',
  ),
  claim(
    'claim-kremlin-effort',
    'intelligence-accuses-kremlin',
    'The Kremlin engaged in a deliberate effort to boost the chances of Donald Trump and to bring down Hillary Clinton.',
    5,
    'American intelligence services have accused the Kremlin of engaging in a deliberate effort',
  ),
  claim(
    'claim-chosen-by-russia',
    'atlantic-publication',
    'The American intelligence community believes that the Russian government chose Wikileaks to disseminate the information it had hacked.',
    3,
    'that the American intelligence community believes was chosen by the Russian government to disseminate the information it had hacked',
  ),
];
