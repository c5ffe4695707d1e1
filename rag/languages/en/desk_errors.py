"""What the desk refuses, and what is wrong with mails, in English. `{time}` is how long ago."""

ILLEGAL = "“{source}” cannot become “{target}” in this way: look at the conversation again."
ANSWERED_FIRST = "{name} answered {time}. Your text is kept as a draft: read the answer, then send yours if it is still needed."
WROTE_FIRST = "The customer wrote {time}. Your text is kept as a draft: read what they wrote, then send."
CHANGED_FIRST = "{name} changed this conversation {time}: look at it again."
NOT_YOURS = "{name} has this conversation: take it over first."
WRONG_RECIPIENT = "This reply was written to “{shown}”, but the conversation is with “{recipient}”: nothing is sent."
DESK_FULL = "{name} has {open} of {capacity} conversations open: resolve one, snooze it or pass it on first."
NO_DRAFT = "There is no such draft, or it was kept for {days} and is gone."
NO_AGENT = "No agent is known as “{id}”."
UNFILLED = "{variable} stands in the reply and is not filled in: write what belongs there. Nothing was sent."
NO_CANNED = "There is no such canned reply."
SHORTCODE = "“{code}” is no shortcode: 1 to 40 letters, digits, - and _."
SHORTCODE_TAKEN = "There is a canned reply “{code}” already."
SCOPE = "“{scope}” is no scope: all, team:NAME or agent:ID."
LINE = "{what}: “{value}” is no line of 1 to {most} characters."
LINES = {"id": "Id", "name": "Name", "team": "Team", "label": "Label", "key": "Key", "code": "Code"}
BAD_PRIORITY = "{value} is no priority: 0 (low) to 3 (urgent)."
UNTIL_PAST = "{until} is over already."
NO_VIEW = "“{view}” is no list: {views}."
SOMEBODY = "A colleague"

SETTING = "The desk's settings cannot be used: {problem}"
BAD_VALUE = "{name}: “{value}” is not possible"
BAD_CLOCK = "“{value}” is no time, as 09:00 or 24:00"
BAD_ZONE = "“{value}” is no time zone, as Europe/Berlin"
BAD_WEEK = "there are hours of {n} days, but 7 are needed, Monday first"
BAD_ORDER = "{day}: the hours are not in order, or overlap"
BAD_DAY = "“{value}” is no day, as 2026-12-25 or 12-25 for each year"

PROPOSAL_GONE = "Something was said since this was proposed: it does not fit any more. Look at the conversation again."
NOT_YOUR_BASE = "The conversation is about the base “{base}”, which you may not read; ask an administrator."
REPLY_LONG = "The reply has {n} characters; a reply of at most {most} is checked."
UNPROVEN = "No document says “{text}”, and nobody has vouched for it: change or confirm each such sentence."
ONLY_INTERNAL = "Only {document}, which is for staff, says “{text}”: change or confirm each such sentence."
NO_ANSWER = "There is no such answer: it was deleted."
ANSWER_CHANGED = "Somebody has changed this answer meanwhile: look at it again."
ANSWER_PUBLISHED = "This answer is published: withdraw it first."
ANSWER_UNREVIEWED = "This answer cannot be published: have it reviewed first."
OWN_REVIEW = "You wrote this yourself: have somebody else read it before it is published."
ANSWER_EMPTY = "An answer needs a question and a text."
QUESTION_LONG = "The question has {n} characters; at most {most} are taken."
ANSWER_LONG = "The answer has {n} characters; at most {most} are taken."
DUPLICATE = (
    "The base answers this already, from {document}: “{text}”. Change that document, or publish yours all the same if it says "
    "something else."
)
NOT_READ = "The answer could not be read into the base: {message}"
NO_REPLY = "There is no such reply in this conversation."
NO_FILE = "There is no such file in this conversation."

MAIL_EMPTY = "[This mail has no text that can be shown. The whole mail is among the files of the conversation.]"
MAIL_PROBLEMS = {
    "large": "the mail has {mb} MB, over RAG_MAIL_MB={most}: only its head was fetched, and it stays in the mailbox",
    "files": "it has {n} files, of which {most} are kept apart (RAG_MAIL_FILES); all are in the mail itself",
    "nobody": "it names no sender who could be answered",
    "own": "it comes from the desk itself: something sends its mails back",
    "loop": "{sender} has sent over {most} mails in an hour: this looks like a loop",
    "automatic": "a program sent it ({header})",
    "refused": "{problem}",
    "failed": "it could not be taken ({kind}); the log says more, and the whole mail is kept here",
    "structure": "its structure cannot be read ({kind})",
    "multiparts": "it has over {most} nested parts",
    "parts": "it has over {most} parts; the first of them are files of the conversation",
    "depth": "its parts are nested deeper than {most}",
    "text": "its text has {n} characters, of which {most} are shown",
    "charset": "its text is not {charset} as it says, and was read as well as could be",
}
"""What is wrong with a mail, by the kind that is kept with it."""
