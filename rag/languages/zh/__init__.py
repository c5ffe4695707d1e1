"""Chinese: every text that a person reads, and words for search and formats."""

from rag.languages.zh import desk as desk
from rag.languages.zh import desk_assist as desk_assist
from rag.languages.zh.answers import *
from rag.languages.zh.desk_errors import *
from rag.languages.zh.page import *
from rag.languages.zh.person import *
from rag.languages.zh.server import *
from rag.languages.zh.widget import *
from rag.languages.zh.words import *
