"""English: every text that a person reads, and words for search and formats."""

from rag.languages.en import desk as desk
from rag.languages.en import desk_assist as desk_assist
from rag.languages.en.answers import *
from rag.languages.en.desk_errors import *
from rag.languages.en.page import *
from rag.languages.en.person import *
from rag.languages.en.server import *
from rag.languages.en.widget import *
from rag.languages.en.words import *
