"""MDX to Markdown: imports, exports, comments and the tags of components go; their text and the titles they show stay."""

import re

_FENCE = re.compile(r"[ \t>]*(`{3,}|~{3,})")
_MODULE_LINE = re.compile(
    r"""import\s(?:[^'";\n]{0,2000}?\sfrom\s+)?['"][^'"\n]*['"];?[ \t]*$"""
    r"""|import\s*\{[^{}]{0,2000}\}\s*from\s*['"][^'"\n]*['"];?[ \t]*$"""
    r"""|export\s+(?:const|let|var|default|function|async)\b""",
    re.MULTILINE,
)
# A tag with its attributes: text, strings, and expressions in braces that nest three deep. Nothing is tried twice.
_ATTRIBUTES = r"""(?:[^<>{}"']++|"[^"]*+"|'[^']*+'|\{(?:[^{}]++|\{(?:[^{}]++|\{[^{}]*+\})*+\})*+\})*+"""
_MARKUP = re.compile(
    rf"""(?P<code>(?<!`)(`{{1,8}})(?!`)(?:(?!\n[ \t]*\n).)*?(?<!`)\2(?!`))"""
    r"""|\{/\*.{0,5000}?\*/\}"""
    rf"""|(?P<before>^[ \t]*)?(?P<tag></?(?P<name>[A-Za-z][\w.:-]*)?(?:\s{_ATTRIBUTES})?/?>)(?P<after>[ \t]*$)?""",
    re.DOTALL | re.MULTILINE,
)
_SHOWN = re.compile(
    r"""\s(?:title|label|summary|heading|header|question|description)=(?:"([^"]*)"|'([^']*)'|\{\s*(?:"([^"]*)"|'([^']*)'|`([^`$]*)`)\s*\})"""
)
_BLANK_LINE = re.compile(r"^[ \t]+$", re.MULTILINE)
_LONGEST_EXPORT = 30  # Blocks.
_BRACES = re.compile(r"""=\{(?:[^{}]++|\{(?:[^{}]++|\{[^{}]*+\})*+\})*+\}""")


def without_components(text: str) -> str:
    """The Markdown in an MDX text; fenced code stays as it is."""
    parts: list[str] = []
    prose: list[str] = []
    fence = ""
    for line in _BLANK_LINE.sub("", text).split("\n"):
        match = _FENCE.match(line)
        if not fence and match:
            parts.append(_prose("\n".join(prose)))
            prose, fence = [], match[1]
            parts.append(line)
        elif fence:
            parts.append(line)
            if match and match[1].startswith(fence) and match.end() == len(line.rstrip()):
                fence = ""
        else:
            prose.append(line)
    return "\n".join((*parts, _prose("\n".join(prose))))


def _prose(text: str) -> str:
    return _MARKUP.sub(_replaced, _without_modules(text))


def _without_modules(text: str) -> str:
    """Imports and exports begin a block and end with the blank line after their last bracket."""
    blocks = text.split("\n\n")
    kept: list[str] = []
    at = 0
    while at < len(blocks):
        block = blocks[at]
        at += 1
        while match := _MODULE_LINE.match(block):
            if block.startswith("export"):
                at = _end_of_export(blocks, at - 1)
                block = ""
            else:
                block = block[match.end() :].lstrip("\n")
        kept.append(block)
    return "\n\n".join(kept)


def _end_of_export(blocks: list[str], at: int) -> int:
    """The block behind the one that closes the brackets; the next, where none of those near does."""
    depth = 0
    for end in range(at, min(at + _LONGEST_EXPORT, len(blocks))):
        depth += _open_brackets(blocks[end])
        if depth <= 0:
            return end + 1
    return at + 1


def _open_brackets(text: str) -> int:
    return sum(map(text.count, "{([")) - sum(map(text.count, "})]"))


def _replaced(match: re.Match[str]) -> str:
    if match["code"] is not None:
        return match["code"]
    if match["tag"] is None:
        return ""
    before, after, name = match["before"] or "", match["after"] or "", match["name"] or ""
    if name and not name[0].isupper():
        return before + _BRACES.sub('=""', match["tag"]) + after
    # A tag that begins or ends a line is a block's, and so is what stands beside it.
    begins, ends, closed = match["before"] is not None, match["after"] is not None, match["tag"].endswith("/>")
    shown = [" ".join("".join(groups).split()) for groups in _SHOWN.findall(match["tag"])]
    if shown := [text for text in shown if text]:
        title = "\n\n".join((f"{before}**{shown[0]}**", *(before + text for text in shown[1:])))
        return f"\n\n{title}\n\n" if begins else " ".join(shown) if closed else ""
    if closed:
        return before + after
    return ("\n\n" + before if begins else "") + ("\n\n" if ends and not begins else "")
