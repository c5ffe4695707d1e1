"""A fourth language is the files that docs/languages.md names, and nothing else: they are made here, and asked for texts."""

import json
import re
import subprocess
import sys
from pathlib import Path
from shutil import copytree

ROOT = Path(__file__).parent.parent
LANGUAGES = ROOT / "rag" / "languages"
AREAS = ("answers", "desk", "desk_assist", "desk_errors", "page", "person", "server", "widget")
FRENCH = {
    "desk.py": [(r"CLAIM = .*", 'CLAIM = "Prendre"')],
    "page.py": [(r"LOCALE = .*", 'LOCALE = "fr"'), (r"TAG = .*", 'TAG = "fr"'), (r"OWN_NAME = .*", 'OWN_NAME = "Français"')],
    "answers.py": [(r"REFUSAL = .*", 'REFUSAL = "Je n\'ai rien trouvé."'), (r'"greeting": .*', '"greeting": "Bonjour !",')],
    "words.py": [
        (
            r"MONTHS = (?s:.*)",
            'MONTHS = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre"\n',
        ),
        (r'(?<="version": ").*', 'version",'),
        (r'(?<="valid_until": )(?s:""".*?""")', '"valable jusqu\'au"'),
    ],
}
ASKED = """
import json, sys
from datetime import date
from rag import languages
from rag.conversation.replies import Replies
from rag.languages.detect import language_of
from rag.languages.formats import day
from rag.languages.spoken import LANGUAGES, accepted, desk_texts, speaking, texts
from rag.loading.dates import read_date

with speaking("fr"):
    said = [texts.REFUSAL, texts.OWN_NAME, day(date(2026, 8, 3)), desk_texts.CLAIM]
print(json.dumps({
    "languages": LANGUAGES,
    "accepted": accepted("fr-CH, en;q=0.5"),
    "told": language_of("Je voudrais annuler ma commande, comment faire ?"),
    "said": [*said, Replies().say("greeting", "fr")],
    "read": read_date("3 février 2026"),
    "labels": [label for labels in languages.LABELS["valid_until"] for label in labels if "valable" in label],
    "files": sorted(sys.modules[name].__file__ for name in sys.modules if name.startswith("rag.languages.fr")),
}))
"""


def named_in_docs() -> set[str]:
    section = (ROOT / "docs" / "languages.md").read_text("utf-8").partition("## A fourth language")[2]
    return set(re.findall(r"^\| `(rag/\S+)` \|", section, re.MULTILINE))


def test_a_fourth_language_is_the_files_that_the_docs_name(tmp_path: Path) -> None:
    package = tmp_path / "rag"
    package.mkdir()
    for path in (ROOT / "rag").iterdir():
        if path.name not in {"languages", "__pycache__"}:
            (package / path.name).symlink_to(path)
    copytree(LANGUAGES, package / "languages")
    french = copytree(LANGUAGES / "en", package / "languages" / "fr")
    changed = {"rag/languages/spoken.py", *(f"rag/languages/fr/{path.name}" for path in (LANGUAGES / "en").glob("*.py"))}
    spoken = package / "languages" / "spoken.py"
    spoken.write_text(spoken.read_text("utf-8").replace('"de", "zh"]', '"de", "zh", "fr"]'), "utf-8")
    for name, changes in FRENCH.items():
        text = (french / name).read_text("utf-8")
        for pattern, to in changes:
            text, count = re.subn(pattern, lambda found, to=to: to, text, count=1)  # type: ignore[misc]
            assert count, f"{name} has nothing like {pattern}"
        (french / name).write_text(text, "utf-8")
    for name in ("__init__.py", *(f"{part}.py" for part in AREAS)):
        text = (french / name).read_text("utf-8")
        (french / name).write_text(text.replace("rag.languages.en", "rag.languages.fr"), "utf-8")

    done = subprocess.run([sys.executable, "-c", ASKED], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr
    found = json.loads(done.stdout)
    assert found["languages"] == ["en", "de", "zh", "fr"]
    assert (found["accepted"], found["told"], found["read"]) == ("fr", "fr", "2026-02-03")
    assert found["said"] == ["Je n'ai rien trouvé.", "Français", "3 août 2026", "Prendre", "Bonjour !"]
    assert found["labels"] == ["valable jusqu'au"]
    asked_for = {Path(file).relative_to(tmp_path).as_posix() for file in found["files"]} | {"rag/languages/spoken.py"}
    assert asked_for == changed == named_in_docs()
