"""What the page says, in English."""

LOCALE = "en_GB"  # of Babel: dates, numbers, plural forms
TAG = "en"  # of BCP 47, as HTML and browsers name it
OWN_NAME = "English"
COLON = ": "
COMMA = ", "
FULL_STOP = "."
SPACE = " "  # between sentences

NAME = "Footnote"
TAGLINE = "Answers from your documents, word by word with their sources."
TAB_CHAT = "Chat"
TAB_KNOWLEDGE = "Knowledge"

BASE = "Knowledge base"
NO_BASE = "There is no knowledge base named “{name}”."
LANGUAGE = "Language"
SKIP = "Skip to the content"

QUESTION = "Your question"
QUESTION_HINT = "Ask a question…"
SEND = "Send"
STOP = "Stop"
CLEAR = "New conversation"

WELCOME = "What would you like to know?"
WELCOME_BASE = "I answer from {files} with {passages}, and show the words each answer rests on."
WELCOME_EMPTY = "There is nothing to answer from yet. Add documents on the Knowledge tab, then ask about them here."
WELCOME_READING = "The documents are being read. You can ask now; answers know what has been read so far."
WELCOME_EXAMPLES = "Questions these documents answer"

YOU = "You asked"
SEARCHING = "searching…"
CHECKING = "draft, checking…"
STOPPED = "stopped"
FAILED = "failed"
STATUS = {
    "answered": "answered",
    "quoted": "quoted from the document",
    "refused": "nothing found",
    "social": "small talk",
    "handover": "passed to a person",
}
STATUS_HINT = {
    "answered": "Written by the language model and checked word by word against the passages",
    "quoted": "These are the document's own words: the model's draft was not supported well enough",
    "refused": "No passage answers this question",
    "social": "A message that asks nothing of the documents",
    "handover": "A person takes over from here",
}
CHOICES = "Choose an answer"
SAY_ANSWER = "{status}: {text}"
SAY_FAILED = "{status}: {problem}"
LEFT_OUT = "Left out: what the model wrote besides, and is not borne out"
STOPPED_EARLY = "Stopped before anything was written."
SOURCE = "Source {n}: {title}"
UNSUPPORTED = "No passage supports these words"
UNSUPPORTED_LEGEND = "Dotted words have no source."
FROM = {"answered": "From the sources", "quoted": "From the source"}
CONFIDENCE = ((0.6, "likely right"), (0.3, "check the source"), (0.0, "unsure"))
SECONDS = "{seconds} s"
SEARCHED = "Searched for"
CLOSEST = "What came closest"

COPY = "Copy"
COPIED = "Copied"
RETRY = "Ask again"
EDIT = "Edit"
EDIT_SEND = "Ask this instead"
LIKE = "Helpful"
DISLIKE = "Not helpful"
DISLIKE_WHY = "What is wrong with it?"
DISLIKE_COMMENT = "The right answer in a document's words, or more, if you like"
DISLIKE_SEND = "Send feedback"
REASONS = {
    "wrong": "It is wrong",
    "incomplete": "It is incomplete",
    "evidence": "The source does not say this",
    "outdated": "It is outdated",
    "other": "Something else",
}
THANKS = "Thank you, noted."

TABLE = "Table"

EVIDENCE = "Evidence"
EVIDENCE_EMPTY = "The passages an answer rests on appear here, with the words that matter marked."
EVIDENCE_READING = "Reading these passages…"
EVIDENCE_SOCIAL = "Nothing was looked up for this message."
EVIDENCE_NONE = "No passage came close."
EVIDENCE_REFUSED = "These passages came closest, and none of them answers the question."
EVIDENCE_CLOSEST = "Came close but was not used: {passages}"
PASSAGES = {"one": "1 passage", "other": "{n} passages"}
FILES = {"one": "1 file", "other": "{n} files"}
SCORE = "{score} sure"
SCORE_HINT = "How likely this passage is the one that answers, as measured on questions with known answers"
PAGE = "page {page}"
# What a source says of its age and language.
AS_OF = "as of {date}"
VALID_SINCE = "valid from {date}"
VALID_TO = "valid until {date}"
OTHER_EDITION = "another edition was found too: {document}, {edition}"
NO_LONGER_VALID = "no longer valid"
VERSION = "version {version}"
FOREIGN = "from a page in {language}"
INTERNAL = "staff only"
OCR = "read by OCR"
OCR_HINT = "The words were read off a picture: letters may be wrong. Compare them with the document."
WEIGHT = "weight {weight}"
WEIGHT_ANSWER = "the answer, weight {weight}"
OPEN = "Show in document"
BACK = "Back to the answer"

VIEWER_RANGE = "Characters {start} to {end} of {length}"
VIEWER_EARLIER = "Earlier"
VIEWER_LATER = "Later"
VIEWER_CLOSE = "Close"

ADD = "Add documents"
ADD_HINT = "Drop files here or choose them: {suffixes}. At most {megabytes} MB each."
ADD_FOR = "Visible to"
ADD_FOR_ALL = "everyone, unless the file says otherwise"
ADDED_INTERNAL = "Visible to staff only: visitors get no answer from it and do not see it in the list."
FILTER = "Filter"
FILTER_HINT = "Filter by name or title"
DOCUMENTS = "Documents"
FILE_STATES = {"ready": "ready", "pending": "waiting", "quarantined": "could not be read", "stopped": "stopped"}
FILE_COLUMNS = ("Document", "State", "Passages", "Size")
FILES_NONE = "No documents yet. Add some above."
FILES_NO_MATCH = "No document matches “{filter}”."
FILES_MORE = "The first {shown} of {all} are listed. Filter to find the others."
REPORT_MORE = "and {n} more, in the list below"
ROWS = {"one": "1 entry", "other": "{n} entries"}
VIEW = "View"
REREAD = "Re-read"
DELETE = "Delete"
DELETE_SURE = "Delete “{name}”? Answers no longer use it."
DELETE_YES = "Delete for good"
DELETED = "Deleted {name}."
STOPPED_FILE = "{name} was not read to its end: somebody stopped it; re-read it, or delete it"
REPORT = "{added} added, {replaced} replaced, {unchanged} unchanged"
REPORT_FAILED = "; {files} could not be read"
REPORT_STOPPED = "Stopped: {done}"
REPORT_NOT_READ = "; {files} not read"
LEFT_OUT_OF_FILE = "Not read: {parts}"
LEFT_OUT_PARTS = {
    "hidden sheets": {"one": "1 hidden sheet", "other": "{n} hidden sheets"},
    "hidden rows": {"one": "1 hidden row", "other": "{n} hidden rows"},
    "hidden columns": {"one": "1 hidden column", "other": "{n} hidden columns"},
    "formulas without a value": {"one": "1 formula without a value", "other": "{n} formulas without a value"},
    "pictures without text": {"one": "1 picture without text", "other": "{n} pictures without text"},
    "rows without an answer": {"one": "1 row without an answer", "other": "{n} rows without an answer"},
    "lines that are no JSON": {"one": "1 line that is no JSON", "other": "{n} lines that are no JSON"},
    "unreadable parts": {"one": "1 unreadable part", "other": "{n} unreadable parts"},
    "pages without text": {"one": "1 page without text", "other": "{n} pages without text"},
}
LEFT_OUT_WHERE = "{part} ({where})"
LEFT_OUT_FIRST = "{part} (first: {where})"
REPORT_LEFT_OUT = "; of {files} something was not read"
ACTIVITY = "Reading documents"
ACTIVITY_FILES = "{done} of {total} files"
ACTIVITY_PASSAGES = "{done} of {total} passages indexed"
ACTIVITY_STARTS = "Getting ready…"
ACTIVITY_WAITS = "Another program is writing to these documents; what is new will be read when it has ended."
STOP_READING = "Stop"
STOPPING = "Stopping…"
NOTICE = "Notice"
UPLOADED = "uploaded"
UNEXPECTED = "Something went wrong on our side. It was logged; please try again."
