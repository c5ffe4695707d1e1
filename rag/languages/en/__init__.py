"""English: every text that a person reads, and words for search and formats."""

from rag.languages.en.answers import *
from rag.languages.en.page import *
from rag.languages.en.person import *
from rag.languages.en.server import *
from rag.languages.en.widget import *
from rag.languages.en.words import *
