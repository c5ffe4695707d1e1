"""What each language writes: the texts that people read, and words as data for search and for telling formats apart.

One package a language; words stand nowhere else. None of them decides what a sentence means. `spoken.py` says in which language
the texts are read.
"""

from rag.languages import de, en, zh

# What is said to messages that ask nothing, and what is asked for those who want a person.
REPLIES = {"en": en.REPLIES, "de": de.REPLIES, "zh": zh.REPLIES}
CONTACT_QUESTIONS = {"en": en.CONTACT_QUESTION, "de": de.CONTACT_QUESTION, "zh": zh.CONTACT_QUESTION}
# Left out of keyword search; only English, since "die" and "war" are words of content in another language.
STOP_WORDS = en.STOP_WORDS
# Before a full stop that ends no sentence: always, unless a capital letter follows, or where a number follows.
ABBREVIATIONS = en.ABBREVIATIONS | de.ABBREVIATIONS
FINAL_ABBREVIATIONS = en.FINAL_ABBREVIATIONS | de.FINAL_ABBREVIATIONS
NUMBER_ABBREVIATIONS = en.NUMBER_ABBREVIATIONS | de.NUMBER_ABBREVIATIONS
# Behind a day's number and its full stop: "am 2. November".
MONTHS_AFTER_DAYS = de.MONTHS.replace("|", " ").split()
# A line that ends with one of these goes on in the next: it was wrapped.
OPEN_ENDINGS = en.OPEN_ENDINGS
# What the columns of a table of questions and answers are called.
QUESTION_COLUMNS = en.QUESTION_COLUMNS | de.QUESTION_COLUMNS | zh.QUESTION_COLUMNS
ANSWER_COLUMNS = en.ANSWER_COLUMNS | de.ANSWER_COLUMNS | zh.ANSWER_COLUMNS

# What a page says of itself: by field the labels of each language; keys that are true or false; and what a whole sentence
# says, as regular expressions in which {date} stands for a date.
LABELS = {
    field: [[" ".join(label.split()) for label in language.LABELS[field].split(",")] for language in (en, de, zh)]
    for field in en.LABELS
}
INTERNAL_KEYS = en.INTERNAL_KEYS | de.INTERNAL_KEYS | zh.INTERNAL_KEYS
PUBLIC_KEYS = en.PUBLIC_KEYS | de.PUBLIC_KEYS | zh.PUBLIC_KEYS
SUPERSEDED_KEYS = en.SUPERSEDED_KEYS | de.SUPERSEDED_KEYS | zh.SUPERSEDED_KEYS
INTERNAL_NOTICES = (*en.INTERNAL_NOTICES, *de.INTERNAL_NOTICES, *zh.INTERNAL_NOTICES)
SUPERSEDED_NOTICES = (*en.SUPERSEDED_NOTICES, *de.SUPERSEDED_NOTICES, *zh.SUPERSEDED_NOTICES)
VALID_BETWEEN = (*en.VALID_BETWEEN, *de.VALID_BETWEEN, *zh.VALID_BETWEEN)
VALID_FROM = zh.STARTS
EDITION_WORDS = de.EDITION_WORDS
EDITIONS = (*en.EDITIONS, *de.EDITIONS, *zh.EDITIONS)
# January to December, each with its short forms.
MONTHS = tuple("|".join(names) for names in zip(en.MONTHS.split(), de.MONTHS.split(), strict=True))
