/**
 * What the article leaves open, and which events carry each doubt.
 * Invariant: README.md lists the same doubts in the same order; quotation marks hold the article's own words only.
 */
export interface Doubt {
  readonly says: string;
  /** The ids of the events that carry it; empty where all do. */
  readonly events: readonly string[];
}

export const doubts: readonly Doubt[] = [
  {
    says: 'No time zone is named. Every time is read as New York time: -04:00 until November 6, 2016, then -05:00, and -04:00 again in July 2017.',
    events: [],
  },
  {
    says: 'Midnight “on September 20” is read as the end of that day: the answer came “about 12 hours later”, in “The next morning”, on September 21. How long before it the message came is not said, only “Just before”; the bounds are the last hour of the day.',
    events: ['wl-2016-09-20-putintrump'],
  },
  {
    says: 'Both “The next morning” and “about 12 hours later” bound the answer: not after noon, and not before 8:36 am, which is 12 hours less a fifth (a reading of “about”) from 11 pm, where the bounds of the first message begin.',
    events: ['tj-2016-09-21-ask-around'],
  },
  {
    says: 'The e-mail to senior officials is put on the day on which the first message was received, which came just before midnight, but it also kept a promise that was made only on September 21. Both days are within its bounds. It is placed after the promise, but that order rests on one of the two sentences alone, “Trump Jr. followed up on his promise”; by the other it may have come first, so the relation is marked as approximate.',
    events: ['tj-2016-09-21-emails-officials', 'follow-up-emails-officials'],
  },
  {
    says: 'Of the forward only “then” is said. It is placed right after the e-mail; its bounds reach to Election Day, since Hicks is called a staffer of the campaign.',
    events: ['kushner-forwards-email'],
  },
  {
    says: 'The e-mail rests on one anonymous source, and the forward by the run of the sentences. Who received it beside the four who are named is not told, nor its words.',
    events: ['tj-2016-09-21-emails-officials', 'kushner-forwards-email', 'source-speaks', 'claim-source-email', 'claim-source-forward'],
  },
  {
    says: 'Of the three messages of October 3 only the first is dated, and none has an hour. All three are read as that day, and so “The day before” as October 2. The amounts “an hour-and-a-half” and “Two minutes” are not hedged and are taken as exact.',
    events: ['wl-2016-10-03-push-story', 'tj-2016-10-03-already-did', 'tj-2016-10-03-wednesday-leak', 'stone-2016-10-02-wednesday'],
  },
  {
    says: 'Whether the question about a Wednesday leak meant the tweet of Roger Stone is not said, only suggested by the order of the sentences. The leak that was expected is no event here: the article does not tell whether it came.',
    events: ['tj-2016-10-03-wednesday-leak', 'stone-2016-10-02-wednesday', 'claim-reading-of-leak'],
  },
  {
    says: 'That Trump Jr. had commented “earlier today” is his claim and no event. The article says that he responded, but with nothing beyond that claim; a claim that a thing was done already is counted neither as an answer nor as a follow-up, so the request stands as unanswered with the claim beside it. Whoever takes the response for an answer counts one more.',
    events: ['tj-2016-10-03-already-did', 'claim-already-did'],
  },
  {
    says: 'The quote of Hillary Clinton that was attached is not given beyond two words, and neither when nor where she is to have said it. It is a claim in the message, no event.',
    events: ['wl-2016-10-03-push-story', 'claim-clinton-quote'],
  },
  {
    says: 'Some requests ask for an act of his father or of “you guys”. The addressee is always the one the message went to.',
    events: ['request-push-story', 'request-tweet-link', 'request-not-concede', 'request-challenge-result', 'request-assange-ambassador'],
  },
  {
    says: 'Where one request ends and the next begins is a judgement: “comment on/push” is one, not conceding and challenging are two, the tax returns and other negative stuff are two; “See ‘About’” is none.',
    events: [
      'request-comment-on-putintrump',
      'request-push-story',
      'request-leak-tax-returns',
      'request-leak-other-negative-stuff',
      'request-not-concede',
      'request-challenge-result',
    ],
  },
  {
    says: 'The article quotes in pieces, and whether those of one day were one message is not always clear: it speaks of “this message” on October 12 and October 21 and of “The message” on July 11; of Election Day and December 16 it gives no number.',
    events: ['wl-2016-10-12-tweet-this-link', 'wl-2016-10-21-tax-returns', 'wl-2016-11-08-do-not-concede', 'wl-2016-12-16-ambassador', 'wl-2017-07-11-emails'],
  },
  {
    says: 'Whether the quotes are whole, and in the order of the messages, is not said. A comma at the end of a piece, before the closing mark, is taken as the article’s and left out; other marks are kept, among them a full stop that may be the article’s.',
    events: ['wl-2016-09-20-putintrump', 'tj-2016-09-21-ask-around', 'tj-2016-10-03-already-did', 'stone-2016-10-02-wednesday', 'tj-2016-10-14-tweets-link'],
  },
  {
    says: 'The fragment of the tax returns and its date are told as a reason that Wikileaks gave. The year follows from the message.',
    events: ['nyt-2016-10-01-tax-fragment', 'claim-tax-fragment-published'],
  },
  {
    says: 'The article puts the rally beside the praise for talking about the publications; whether the message meant the rally is not said.',
    events: ['trump-2016-10-10-rally', 'claim-talking-about-publications'],
  },
  {
    says: 'When the documents and Podesta Emails Part 4 came out is not said; the message of October 12 shows that they were out. Whether the one belongs to the other is not said.',
    events: ['wl-stolen-documents-published', 'wl-podesta-emails-part-4'],
  },
  {
    says: 'By “Shortly after midnight that day” the midnight that ended Election Day is meant, or there would have been no win; so it was November 9. Within the hour is a reading of “Shortly”. Since when the win was clear is not said.',
    events: ['wl-2016-11-09-wow', 'trump-wins-election', 'mooted-not-concede', 'mooted-challenge-result'],
  },
  {
    says: 'The odds are told “As late as 7:00pm”: they stood then; when they were first given, and until when they stood, is not said.',
    events: ['fivethirtyeight-2016-11-08-odds'],
  },
  {
    says: 'The article states both premises: that the advice was for a loss, in the message itself, and that he won. Hence the basis `stated` of the annotation. That the advice thereby lost its object it does not state: this conclusion is the reading of the editor of this story, and is marked as such.',
    events: ['mooted-not-concede', 'mooted-challenge-result'],
  },
  {
    says: 'The years of December 16 and December 7 are not stated; they follow from the election.',
    events: ['wl-2016-12-16-ambassador', 'assange-2016-12-07-testimony-released', 'assange-testimony-given'],
  },
  {
    says: 'The article has Wikileaks ask that the president-elect “tell” Australia in one place, and quotes “suggest” in another.',
    events: ['request-assange-ambassador'],
  },
  {
    says: 'How many links came “In the winter and spring”, when and with what words is not told. One event stands for all; it is placed at the end of June 2017, by when spring was over.',
    events: ['wl-winter-spring-links'],
  },
  { says: 'Three days before July 11 is counted on the calendar, which gives July 8.', events: ['nyt-2017-07-08-meeting-story'] },
  {
    says: 'Of the meeting only the month is told, of the help to set it up and of the e-mails with Goldstone no date at all. The e-mails are placed where the paper cited them, though they may be much older.',
    events: ['meeting-2016-06', 'goldstone-helps-set-up-meeting', 'tj-goldstone-emails'],
  },
  {
    says: 'That the paper cited the e-mails on July 11 rests on the word “today” in the message.',
    events: ['nyt-2017-07-11-emails-cited', 'claim-emails-cited'],
  },
  {
    says: 'How many hours are “just hours later” is not said; the posting is read as of July 11. That what he posted was what had been asked for is as the article says: “the emails”.',
    events: ['tj-2017-07-11-posts-emails', 'follow-up-posts-emails'],
  },
  {
    says: 'The correspondence went on “until at least July 2017”; whether there were later messages is open.',
    events: ['wl-2017-07-11-emails', 'messages-turned-over'],
  },
  {
    says: 'The article bears no date. “last year’s presidential election” puts it into 2017, after July 11. It is placed at the end of that year, and with it everything that only its being told there bounds.',
    events: ['atlantic-publication'],
  },
  {
    says: 'When the messages were turned over and obtained, in one part or several, from whom, and in what order is not said; the disclosures carry the last possible instant. That it was after July 11 holds for the whole of them.',
    events: ['messages-turned-over', 'atlantic-obtains-messages'],
  },
  {
    says: 'When the attorney spoke, to whom, and which documents he meant is not told. That there were requests by the committees, and that the turning over answered them, is known from him alone.',
    events: ['futerfas-statement', 'congress-asks-for-documents', 'request-documents', 'answer-documents'],
  },
  {
    says: 'Who asked Wikileaks for comment, how often and about what is not said; read as requests of The Atlantic about the messages, counted as one.',
    events: ['atlantic-asks-for-comment', 'request-wikileaks-comment'],
  },
  {
    says: 'That the site was founded before the first message follows from a password having been guessed, which only Wikileaks says. That it launched is announced and then at most implied; when it was funded is not said.',
    events: ['putintrump-founded', 'putintrump-password-guessed', 'putintrump-launched', 'putintrump-funded', 'putintrump-joint-project'],
  },
  {
    says: 'The investigations, the special counsel inquiry and the indictment bear no dates; who indicted Paul Manafort is not said. The accusation by the intelligence services stands in no order with anything and is not placed.',
    events: ['congress-investigates', 'special-counsel-inquiry', 'manafort-indicted', 'intelligence-accuses-kremlin'],
  },
  { says: 'Who wrote from the Wikileaks account is not told.', events: ['wl-2016-09-20-putintrump'] },
];
