"""German: every text that a person reads, and words for search and formats."""

from rag.languages.de import desk as desk
from rag.languages.de import desk_assist as desk_assist
from rag.languages.de.answers import *
from rag.languages.de.desk_errors import *
from rag.languages.de.page import *
from rag.languages.de.person import *
from rag.languages.de.server import *
from rag.languages.de.widget import *
from rag.languages.de.words import *
