"""English: every text a visitor reads, and words for search and formats. Another language is one more file like this."""

NAME = "Footnote"
TAGLINE = "Answers from your documents, word by word with their sources."
TAB_CHAT = "Chat"
TAB_KNOWLEDGE = "Knowledge"

BASE = "Knowledge base"
NO_BASE = "There is no knowledge base named “{name}”."
SKIP = "Skip to the content"

SIGN_IN = "Sign in"
SIGN_OUT = "Sign out"
SIGN_IN_FIRST = "Please sign in to do this."
SIGN_IN_WITH = "Sign in with {provider}"
SIGNED_IN_AS = "You are signed in as {name}, {role}."
ROLES = {"visitor": "visitor", "agent": "agent", "editor": "editor", "admin": "administrator"}
ACCOUNT = "Your account"
ACCOUNT_NAME = "Name"
ACCOUNT_DISABLED = "This account has been disabled: ask an administrator."
PW = "Password"
PW_OLD = "Password until now"
PW_NEW = "New password"
PW_RULE = "At least {shortest} characters."
PW_CHANGE = "Change the password"
PW_CHANGED = "The password has been changed; other browsers have been signed out."
PW_WRONG = "Name and password do not fit. Please try again."
TOO_MANY_TRIES = "Too many tries. Please wait {minutes} minutes."
SIGN_IN_FAILED = "Signing in did not work. Please try again."
SETUP = "The first account"
SETUP_WHY = "Nobody has an account on this server yet. This one becomes its administrator."
MAKE_ACCOUNT = "Make the account"
SETUP_LINK_OVER = "This link is not valid, or has been used. A restart prints another, while there is no account."
BAD_FIELDS = "Missing or not readable: {fields}."
NOT_ALLOWED = "Your account may not do this: ask an administrator for another role."
WRONG_HOST = "This server is not known as “{host}”; who hosts it can name it in RAG_TRUSTED_HOSTS."
FOREIGN_SITE = "This request comes from another web site, and is refused."
BAD_REQUEST = "This request cannot be read."
TOO_LARGE = "This request is too large: at most {most:,} bytes."
TOO_SLOW = "This request was not sent within {seconds:g} seconds."
TOO_OFTEN = "This key has been used too often: try again in {seconds} seconds."
NO_PAGE = "There is no such page."
NO_PUBLIC_BASE = "There is nothing here to ask without signing in."

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
MESSAGE_EMPTY = "The question is empty: type what you want to know."
MESSAGE_TOO_LONG = "The question has {characters:,} characters; ask in at most {most:,}."
VERDICTS = {"yes": "Yes.", "no": "No."}
REFUSAL = "I found nothing in the documents that answers this."
NO_DOCUMENTS = "There are no documents to answer from yet."
STATUS = {
    "answered": "answered",
    "quoted": "quoted from the document",
    "refused": "nothing found",
    "social": "small talk",
    "handover": "passed to a person",
    "asked": "asking back",
}
STATUS_HINT = {
    "answered": "Written by the language model and checked word by word against the passages",
    "quoted": "These are the document's own words: the model's draft was not supported well enough",
    "refused": "No passage answers this question",
    "social": "A message that asks nothing of the documents",
    "handover": "A person takes over from here",
    "asked": "More has to be known before the documents can answer",
}
# What is said to a message that asks nothing of the documents; {name} is the assistant's. A maintainer may say it otherwise.
REPLIES = {
    "greeting": "Hello! Ask me what you would like to know, and I will help with what the documents here say.",
    "thanks": "You're welcome! Just ask if there is anything else.",
    "bye": "Goodbye, and come back whenever you have a question.",
    "about-bot": (
        "I am {name}, an assistant program and not a person. I answer from the documents here and show the words that "
        "each answer rests on. If you would rather talk to a person, just say so."
    ),
    "capability": (
        "I help with questions that the documents here answer, and show where each answer stands. I cannot look into "
        "orders or accounts, or change anything there."
    ),
    "complaint": (
        "I am sorry about that. Tell me what you need and I will see what the documents say. If you would rather talk "
        "to a person, say so, and I will look for how to reach one."
    ),
    "data": (
        "I answer from documents and cannot look up orders, accounts or people. Tell me what you would like to know "
        "about it, or ask for a person from customer support."
    ),
    "acknowledgement": "Good. Just ask if there is anything else.",
    "insult": "I am sorry that I was of no help. Put it in other words and I will try again, or ask for a person.",
    "handover": (
        "I am a program and cannot put you through to a person from here. This is what the documents say about how to "
        "reach one:"
    ),
    "handover-unknown": (
        "I am a program and cannot put you through to a person from here, and the documents name no contact. Please use "
        "the contact that you know of this organisation."
    ),
    "handover-desk": "I have passed your conversation on to a person, who will answer you here.",
}
# Asked of the documents for a person who wants to talk to people.
CONTACT_QUESTION = "What is the phone number and email address of customer support?"
SAY_ANSWER = "{status}: {text}"
SAY_FAILED = "{status}: {problem}"
LEFT_OUT = "Left out: what the model wrote besides, and is not borne out"
STOPPED_EARLY = "Stopped before anything was written."
SOURCE = "Source {n}: {title}"
UNSUPPORTED = "No passage supports these words"
UNSUPPORTED_LEGEND = "Dotted words have no source."
FROM = {"answered": "From the sources", "quoted": "From the source"}
CONFIDENCE = ((0.6, "likely right"), (0.3, "check the source"), (0.0, "unsure"))
SECONDS = "{seconds:.1f} s"
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
PASSAGES = ("1 passage", "{n:,} passages")
FILES = ("1 file", "{n:,} files")
SCORE = "{score:.0%} sure"
SCORE_HINT = "How likely this passage is the one that answers, as measured on questions with known answers"
PAGE = "page {page}"
# What a source says of its age, with dates as DAY, MONTH_OF or a bare year.
AS_OF = "as of {date}"
VALID_SINCE = "valid from {date}"
VALID_TO = "valid until {date}"
OTHER_EDITION = "another edition was found too: {document}, {edition}"
NO_LONGER_VALID = "no longer valid"
VERSION = "version {version}"
DAY = "{day} {month} {year}"
MONTH_OF = "{month} {year}"
MONTH_NAMES = tuple("January February March April May June July August September October November December".split())
INTERNAL = "staff only"
OCR = "read by OCR"
OCR_HINT = "The words were read off a picture: letters may be wrong. Compare them with the document."
WEIGHT = "weight {weight:.2f}"
WEIGHT_ANSWER = "the answer, weight {weight:.2f}"
OPEN = "Show in document"
BACK = "Back to the answer"

VIEWER_RANGE = "Characters {start:,} to {end:,} of {length:,}"
VIEWER_EARLIER = "Earlier"
VIEWER_LATER = "Later"
VIEWER_CLOSE = "Close"

ADD = "Add documents"
ADD_HINT = "Drop files here or choose them: {suffixes}. At most {megabytes} MB each."
ADD_FOR = "Visible to"
ADD_AUDIENCES = {"": "everyone, unless the file says otherwise", "internal": "staff only"}
ADDED_INTERNAL = "Visible to staff only: visitors get no answer from it and do not see it in the list."
FILTER = "Filter"
FILTER_HINT = "Filter by name or title"
DOCUMENTS = "Documents"
FILE_STATES = {"ready": "ready", "pending": "waiting", "quarantined": "could not be read", "stopped": "stopped"}
FILE_COLUMNS = ("Document", "State", "Passages", "Size")
FILES_NONE = "No documents yet. Add some above."
FILES_NO_MATCH = "No document matches “{filter}”."
FILES_MORE = "The first {shown:,} of {all:,} are listed. Filter to find the others."
REPORT_MORE = "and {n:,} more, in the list below"
ROWS = ("", "{n:,} entries")
VIEW = "View"
REREAD = "Re-read"
DELETE = "Delete"
DELETE_SURE = "Delete “{name}”? Answers no longer use it."
DELETE_YES = "Delete for good"
DELETED = "Deleted {name}."
STOPPED_FILE = "{name} was not read to its end: somebody stopped it; re-read it, or delete it"
EMBEDDING = "embedding passage {n} of {total}"
REPORT = "{added} added, {replaced} replaced, {unchanged} unchanged"
REPORT_FAILED = "{files} could not be read"
REPORT_STOPPED = "Stopped: {done}"
REPORT_NOT_READ = "; {files} not read"
LEFT_OUT_OF_FILE = "Not read: {parts}"
LEFT_OUT_PARTS = {
    "hidden sheets": ("1 hidden sheet", "{n:,} hidden sheets"),
    "hidden rows": ("1 hidden row", "{n:,} hidden rows"),
    "hidden columns": ("1 hidden column", "{n:,} hidden columns"),
    "formulas without a value": ("1 formula without a value", "{n:,} formulas without a value"),
    "pictures without text": ("1 picture without text", "{n:,} pictures without text"),
    "rows without an answer": ("1 row without an answer", "{n:,} rows without an answer"),
    "lines that are no JSON": ("1 line that is no JSON", "{n:,} lines that are no JSON"),
    "unreadable parts": ("1 unreadable part", "{n:,} unreadable parts"),
    "pages without text": ("1 page without text", "{n:,} pages without text"),
}
LEFT_OUT_WHERE = ("{part} ({where})", "{part} (first: {where})")
REPORT_LEFT_OUT = "of {files} something was not read"
ACTIVITY = "Reading documents"
ACTIVITY_FILES = "{done:,} of {total:,} files"
ACTIVITY_PASSAGES = "{done:,} of {total:,} passages indexed"
ACTIVITY_STARTS = "Getting ready…"
ACTIVITY_WAITS = "Another program is writing to these documents; what is new will be read when it has ended."
STOP_READING = "Stop"
STOPPING = "Stopping…"
UPLOADED = "uploaded"
UNEXPECTED = "Something went wrong on our side. It was logged; please try again."

# Words.
STOP_WORDS = frozenset(
    """a about after all also am an and any are as at be because been before being but by can could did do does doing
    down during each for from further get had has have having he her here hers him his how i if in into is it its just
    me more most my no nor not now of off on once only or other our out over own please same she should so some such
    than that the their them then there these they this those through to too under until up us very was we were what
    when where which while who whom why will with would you your""".split()
)
ABBREVIATIONS = frozenset("e.g i.e vs cf approx fig mr mrs ms dr prof st dept ext tel".split())
FINAL_ABBREVIATIONS = frozenset("etc inc ltd co jr sr a.m p.m".split())
NUMBER_ABBREVIATIONS = frozenset("no nos art sec vol pp".split())
OPEN_ENDINGS = frozenset("a an the of and or your their our its his my by from".split())
QUESTION_COLUMNS = frozenset(("question", "questions", "q", "title"))
ANSWER_COLUMNS = frozenset(("answer", "answers", "a", "text", "body", "content"))

# What a page says of itself: the labels of a line ("Valid until: 31 March 2026") or of a key of its front matter; of several
# that a page has for one field, the one that stands first here counts.
LABELS = {
    "date": """last updated on, last updated, last update, last modified on, last modified at, last modified, lastmod,
        last revised, updated on, updated at, updated, modified, date modified, revised, revision date, last reviewed, reviewed,
        as of, as at, date, pub date, publish date, published on, published at, date published, publication date, published,
        issued, issue date, created on, created at, created, date created""",
    "valid_from": """valid from, valid since, valid as of, effective from, effective as of, effective date, effective,
        in force from, in force since, in effect from, in effect since, applies from, applicable from""",
    "valid_until": """valid until, valid to, valid through, valid till, in force until, in effect until, expires on, expires,
        expiry date, expiry, expiration date, expiration, applies until, unpublish date""",
    "version": "document version, version, edition, revision, rev, release, doc version",
    "superseded_by": "superseded by, replaced by, succeeded by, successor",
    "status": "document status, page status, status, lifecycle, state",
    "owner": "document owner, page owner, content owner, owner, maintainer, responsible team, responsible",
    "audience": """audience, visibility, visible to, access level, access, security classification, classification,
        confidentiality, sensitivity, distribution, intended audience, target audience""",
    "language": "language, lang, locale",
}
# Keys that are true or false.
INTERNAL_KEYS = frozenset(("internal", "internal only", "staff only", "private", "confidential", "draft"))
PUBLIC_KEYS = frozenset(("public", "published"))
SUPERSEDED_KEYS = frozenset(("superseded", "deprecated", "obsolete", "outdated", "archived", "withdrawn", "retired"))
# A whole sentence, value or title in brackets that keeps a document inside the house.
INTERNAL_NOTICES = (
    r"(?:strictly |company |for )?internal(?: use| document| only| use only)?",
    r"(?:for )?(?:[\w-]+ ){0,2}(?:staff|employees?|agents?|personnel|colleagues|team|members of staff|team members) only",
    r"(?:staff|employees|agents|support agents|colleagues|personnel)(?: and managers)?",
    r"(?:for |intended for )?internal use(?: by [\w -]{1,40})?(?: only)?",
    r"(?:this (?:document|page|guide|handbook) is )?not (?:intended )?for (?:the )?(?:customers?|clients?|visitors?|public)",
    r"not (?:intended )?for (?:external use|publication|public use|public release|(?:external )?distribution)",
    r"do not (?:share|distribute|publish|forward)(?: (?:outside|externally|with customers)(?: [\w ]{1,40})?)?",
    r"(?:strictly |company |highly )?(?:confidential|restricted|private)",
)
# The same of a document that another has replaced; `by` is that one.
_THIS = r"(?:this (?:page|document|article|policy|version|edition|guide|manual|list) (?:is|was|has been) )?"
SUPERSEDED_NOTICES = (
    _THIS + r"(?:now )?(?:superseded|replaced)(?: by (?:the )?(?P<by>.{2,150}))?",
    _THIS + r"(?:out of date|outdated|out-of-date|obsolete|deprecated|archived|withdrawn|retired|expired)",
    _THIS + r"no longer (?:valid|current|in force|maintained)",
    r"(?:deprecated|obsolete|superseded|archived|outdated)\s?[:–—].{1,150}",
)
VALID_BETWEEN = (r"(?:valid|in force|in effect|effective)\s+(?:from\s+)?{date}\s*(?:until|to|through|till|[-–—])\s*{date}",)
EDITIONS = (r"(?P<n>\d{1,3})(?:st|nd|rd|th) (?:edition|revision)",)
MONTHS = """january|jan february|feb march|mar april|apr may june|jun july|jul august|aug september|sept|sep october|oct
    november|nov december|dec"""
