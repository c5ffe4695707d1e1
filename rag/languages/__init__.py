"""What each language writes: the texts of the page, and words as data for search and for telling formats apart.

One module a language; words stand nowhere else. None of them decides what a sentence means.
"""

from rag.languages import de, en, zh

# Left out of keyword search; only English, since "die" and "war" are words of content in another language.
STOP_WORDS = en.STOP_WORDS
# Before a full stop that ends no sentence: always, unless a capital letter follows, or where a number follows.
ABBREVIATIONS = en.ABBREVIATIONS | de.ABBREVIATIONS
FINAL_ABBREVIATIONS = en.FINAL_ABBREVIATIONS | de.FINAL_ABBREVIATIONS
NUMBER_ABBREVIATIONS = en.NUMBER_ABBREVIATIONS | de.NUMBER_ABBREVIATIONS
# A line that ends with one of these goes on in the next: it was wrapped.
OPEN_ENDINGS = en.OPEN_ENDINGS
# What the columns of a table of questions and answers are called.
QUESTION_COLUMNS = en.QUESTION_COLUMNS | de.QUESTION_COLUMNS | zh.QUESTION_COLUMNS
ANSWER_COLUMNS = en.ANSWER_COLUMNS | de.ANSWER_COLUMNS | zh.ANSWER_COLUMNS
