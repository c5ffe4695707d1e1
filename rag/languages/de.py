"""German."""

ABBREVIATIONS = frozenset("z.b d.h u.a bzw ca evtl ggf inkl zzgl vgl mind".split())
FINAL_ABBREVIATIONS = frozenset("usw etc".split())
NUMBER_ABBREVIATIONS = frozenset("nr abs bd ziff".split())
QUESTION_COLUMNS = frozenset(("frage", "fragen", "titel"))
ANSWER_COLUMNS = frozenset(("antwort", "antworten", "inhalt"))
