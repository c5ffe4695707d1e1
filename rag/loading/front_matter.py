"""Front matter of Markdown: what a page says of itself above its text, in YAML (---) or TOML (+++).

A reader sees the title as the document's, the description as its first paragraph, and then one paragraph with a line for
every other key ("Owner: Payments team"). Left out is what tells a site generator how to build the page. YAML is read line by
line: keys of the first level with a scalar or a list of scalars; nothing in it can be made to grow or to run.
"""

import re
import tomllib

_YAML = re.compile(r"---[ \t]*\n(.*?)(?:\n|(?<=\n))(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_TOML = re.compile(r"\+\+\+[ \t]*\n(.*?)\n\+\+\+[ \t]*(?:\n|\Z)", re.DOTALL)
_KEY = re.compile(r"""(?P<q>["']?)(?P<key>[\w@][\w.@ -]{0,60})(?P=q)[ \t]*:(?:[ \t]+(?P<value>.*))?$""")
_ITEM = re.compile(r"[ \t]*-[ \t]+(.*)$")
_BLOCK = re.compile(r"[|>][+-]?\d?[ \t]*(?:#.*)?$")
_COMMENT = re.compile(r"\s#.*$")
_LIST = re.compile(r"""\s*("(?:[^"\\]|\\.)*"|'[^']*'|[^,\[\]]+)""")
_NOTHING = {"", "~", "null", "true", "false", "yes", "no", "on", "off"}
_ADDRESS = re.compile(r"\.{0,2}/\S*$|\S+\.(?:png|jpe?g|svg|webp|gif|ico|html?|mdx?)$", re.IGNORECASE)
_VARIABLE = re.compile(r"\{\{-?\s*\$?(?:page|frontmatter|meta)\.([\w-]{1,60})\s*(?:\|[^{}]{0,200})?-?\}\}")
_LONGEST, _MOST = 500, 50
# Keys of Jekyll, Hugo, Docusaurus, MkDocs, VitePress, Starlight, Mintlify and Nextra that say how a page is built and linked.
_GENERATORS = frozenset(
    """layout permalink slug url id weight order nav_order nav_exclude nav_title has_children has_toc parent grand_parent
    sidebar
    sidebar_position sidebar_label sidebartitle sidebar_class_name sidebar_title toc toc_max_heading_level toc_min_heading_level
    template theme class classes css js draft published redirect_from redirect_to redirect image images cover icon icontype hide
    hide_title hide_table_of_contents pagination pagination_next pagination_prev pagination_label custom_edit_url editlink
    displayed_sidebar outline lang locale type kind menu math comments search_exclude robots head hero features cascade headless
    linktitle mode openapi api generator output outputs component shorttitle short_title intro_links featuredlinks changelog
    children versions_ids product_video topics_ids render_with_liquid unlisted full_width noindex title description""".split()
)

Values = dict[str, tuple[str, ...]]


def split_front_matter(text: str) -> tuple[Values, str]:
    """The values by their keys, as written, and the text below; a key without a value is left out."""
    if (match := _YAML.match(text)) and _begins(match[1]):
        values = _yaml(match[1])
    elif match := _TOML.match(text):
        values = _toml(match[1])
    else:
        return {}, text
    return values, text[match.end() :].strip("\n")


def one(values: Values, key: str) -> str:
    """The value of a key, "" where there is none."""
    return next((" ".join(found) for name, found in values.items() if name.lower() == key), "")


def filled(text: str, values: Values) -> str:
    """The text with the page's own values where it names them: {{ page.owner }}."""
    return _VARIABLE.sub(lambda match: ", ".join(values.get(match[1], ())) or match[0], text) if values else text


def said(values: Values) -> list[str]:
    """A line for each key that a reader may ask for."""
    lines = []
    for key, found in values.items():
        kept = [value for value in found if not _ADDRESS.match(value) and value.lower() not in _NOTHING]
        if kept and key.lower() not in _GENERATORS:
            label = re.sub(r"[_\-.\s]+", " ", key).strip()
            lines.append(f"{label[:1].upper()}{label[1:]}: {', '.join(kept)[:_LONGEST]}")
    return lines[:_MOST]


def _begins(text: str) -> bool:
    """Whether it is front matter (or nothing), and no text between two rules."""
    lines = (line for line in text.split("\n") if line.strip() and not line.startswith("#"))
    return _KEY.match(next(lines, "none:")) is not None


def _yaml(text: str) -> Values:
    values: Values = {}
    key, block, parts = "", False, []
    for line in (*text.split("\n"), "end:"):
        match = _KEY.match(line)
        if match is None:
            if key and line.strip() and not line.lstrip().startswith("#"):
                parts.append(line)
            continue
        if key and (found := _value(parts, block)):
            values.setdefault(key, found)
        key, value = match["key"].strip(), (match["value"] or "").strip()
        block = bool(_BLOCK.match(value))
        parts = [] if block or not value or value[0] == "#" else [value]
    return values


def _value(parts: list[str], block: bool) -> tuple[str, ...]:
    """A scalar, folded, or the scalars of a list; nothing for a mapping."""
    if not parts:
        return ()
    if not block and (items := [_ITEM.match(part) for part in parts]) and all(items):
        return tuple(value for item in items if item and not _KEY.match(item[1]) and (value := _scalar(item[1])))
    if not block and parts[0][0].isspace() and _KEY.match(parts[0].strip()):
        return ()
    text = " ".join(part.strip() for part in parts)
    if block:
        return (text,)
    flow = text.startswith("[") and text.endswith("]")
    scalars = _LIST.findall(text[1:-1]) if flow else [] if text[0] == "{" else [text]
    return tuple(value for part in scalars if (value := _scalar(part)))


def _scalar(text: str) -> str:
    text = text.strip()
    if text[:1] in {'"', "'"}:
        end = text.rfind(text[0])
        inner = text[1:end] if end > 0 else text[1:]
        return inner.replace('\\"', '"') if text[0] == '"' else inner.replace("''", "'")
    return _COMMENT.sub("", text).strip()


def _toml(text: str) -> Values:
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}
    values: Values = {}
    for key, value in data.items():
        items = value if isinstance(value, list) else [value]
        if found := tuple(" ".join(str(item).split()) for item in items if not isinstance(item, (dict, list))):
            values[key] = found
    return values
