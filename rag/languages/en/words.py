"""English words as data, for search and for telling formats apart; none of them decides what a sentence means."""

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
NUMBER_ABBREVIATIONS = frozenset(
    """no nos art sec vol pp max min jan feb mar apr jun jul aug sep sept oct nov dec
    mon tue tues wed thu thur thurs fri sat sun""".split()
)
# A time of day goes on with a day of the week or a time zone: "9 a.m. Monday to Friday", "5 p.m. EST".
TIMES = frozenset("a.m p.m".split())
AFTER_TIMES = frozenset(
    """monday tuesday wednesday thursday friday saturday sunday eastern central mountain pacific et est edt ct cst cdt mt
    mst mdt pt pst pdt gmt utc bst ist cet cest eet eest aest aedt nzst nzdt jst hkt sgt""".split()
)
OPEN_ENDINGS = frozenset("a an the of and or your their our its his my by from".split())
QUESTION_COLUMNS = frozenset(("question", "questions", "q", "title"))
ANSWER_COLUMNS = frozenset(("answer", "answers", "a", "text", "body", "content"))
# What the cells of a column of yes and no say.
YES_CELLS = frozenset("yes y true ✓ ✔ ✅ ☑".split())
NO_CELLS = frozenset("no n false ✗ ✘ ❌ ✖ ☐".split())

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
# What keeps a document inside the house, as a whole sentence; the forms of VALUES only as a label's value or in a title's
# brackets: a last line "Staff" is a signature.
INTERNAL_NOTICES = (
    r"(?:strictly |company |for )?internal(?: use| document| only| use only)?",
    r"(?:for )?(?:[\w-]+ ){0,2}(?:staff|employees?|agents?|personnel|colleagues|team|members of staff|team members) only",
    r"(?:for |intended for )?internal use(?: by [\w -]{1,40})?(?: only)?",
    r"(?:this (?:document|page|guide|handbook) is )?not (?:intended )?for (?:the )?(?:customers?|clients?|visitors?|public)",
    r"not (?:intended )?for (?:external use|publication|public use|public release|(?:external )?distribution)",
    r"do not (?:share|distribute|publish|forward)(?: (?:outside|externally|with customers)(?: [\w ]{1,40})?)?",
    r"(?:strictly |company |highly )?(?:confidential|restricted|private)",
)
INTERNAL_VALUES = (r"(?:staff|employees|agents|support agents|colleagues|personnel)(?: and managers)?",)
# The same of a document that another has replaced; `by` is that one.
_THIS = r"this (?:page|document|article|policy|version|edition|guide|manual|list) (?:is|was|has been) "
_BY = r"by (?:the )?(?P<by>.{2,150})"
SUPERSEDED_NOTICES = (
    rf"(?:{_THIS})?(?:now )?superseded(?: {_BY})?",
    rf"(?:{_THIS})?(?:now )?replaced",
    rf"{_THIS}(?:now )?replaced {_BY}",
    rf"(?:{_THIS})?(?:out of date|outdated|out-of-date|obsolete|deprecated|archived|withdrawn|retired|expired)",
    rf"(?:{_THIS})?no longer (?:valid|current|in force|maintained)",
    r"(?:deprecated|obsolete|superseded|archived|outdated)\s?[:–—].{1,150}",
)
SUPERSEDED_VALUES = (rf"(?:now )?replaced {_BY}",)
_TO = r"\s*(?:until|to|through|till|[-–—])\s*"
VALID_BETWEEN = (rf"(?P<page>{_THIS}|it was )?(?:valid|in force|in effect|effective)\s+(?:from\s+)?{{date}}{_TO}{{date}}",)
EDITIONS = (r"(?P<n>\d{1,3})(?:st|nd|rd|th) (?:edition|revision)",)
MONTHS = """january|jan february|feb march|mar april|apr may june|jun july|jul august|aug september|sept|sep october|oct
    november|nov december|dec"""
