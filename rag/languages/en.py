"""English."""

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
