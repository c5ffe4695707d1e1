"""The files of docs/hosting.md: Caddy and nginx before the server, with other ports, names and certificates; the service."""

import os
import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from rag.apps.server.widget.widgets import Widget
from rag.config import load_settings
from tests.scripted import ScriptedAssistant, ScriptedBases
from tests.serving import PASSWORD, Served, call, handlers, server
from tests.test_browser import chromium, expect  # noqa: F401 - a fixture

pytestmark = [
    pytest.mark.filterwarnings("ignore:'future.no_silent_downcasting' is deprecated"),  # both: gradio's queue, with pandas 3
    pytest.mark.filterwarnings("ignore:The copy keyword is deprecated"),
]
HOSTING = (Path(__file__).parent.parent / "docs" / "hosting.md").read_text("utf-8")
NAME = "chat.localhost"  # which browsers take for this machine
PROXIES = ("caddy", "nginx")
LARGEST = 4  # MB of uploads
NGINX = """daemon off; {user} worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;
events {{ }}
http {{
    access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
{block}
}}
"""


@dataclass
class Proxied:
    """A server behind a proxy that is reached at `origin`, and the server's base path."""

    served: Served
    origin: str
    base: str
    network: str
    trust: ssl.SSLContext

    def client(self, number: int, **headers: str) -> httpx.Client:
        """A browser or program at an address of its own; it takes the proxy's certificate and no other."""
        transport = httpx.HTTPTransport(verify=self.trust, local_address=f"{self.network}.{number}")
        port = self.origin.rpartition(":")[2]
        made = httpx.Client(
            base_url=f"https://127.0.0.1:{port}{self.base}/",
            headers={"Host": self.origin.removeprefix("https://"), **headers},
            transport=transport,
            timeout=20,
            event_hooks={"request": [lambda request: request.extensions.update(sni_hostname=NAME)]},
        )
        self.served.clients.append(made)
        return made


def file_of(proxy: str, base: str) -> str:
    """The proxy's file in the docs, for a site of its own or for a path."""
    blocks = re.findall(rf"^```{'caddyfile' if proxy == 'caddy' else 'nginx'}\n(.*?)^```$", HOSTING, re.MULTILINE | re.DOTALL)
    (found,) = [block for block in blocks if ("/chat/" in block) == bool(base)]
    return str(found)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `cert.pem`, which signs itself, and `key.pem`."""
    folder = tmp_path_factory.mktemp("certificate")
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    command += ["-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}"]
    command += ["-out", folder / "cert.pem", "-keyout", folder / "key.pem"]
    subprocess.run(command, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module", params=["", "/chat"], ids=["site", "path"])
def served(request: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("data")
    assistant = ScriptedAssistant(load_settings({"data_dir": folder}), delay=0.01)
    bases = ScriptedBases({"shop": assistant})
    settings = {"trusted_hosts": NAME, "trusted_proxies": "127.0.0.1", "requests_per_minute": 6, "base_path": request.param}
    with server(folder, bases, max_uploads_mb=LARGEST, max_upload_mb=LARGEST, **settings) as running:
        visitors = running.app.state.visitors
        visitors.accounts.add("Ada", "editor", PASSWORD)
        yield running


@pytest.fixture(scope="module", params=PROXIES)
def proxied(request: Any, served: Served, certificate: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxied]:
    proxy = request.param
    if shutil.which(proxy) is None:
        pytest.skip(f"{proxy} is not on this machine: apt-get install {proxy}")
    folder, port = tmp_path_factory.mktemp(proxy), free_port()
    url = httpx.URL(served.url)
    base = url.path.rstrip("/")
    block = file_of(proxy, base).replace("127.0.0.1:7860", f"127.0.0.1:{url.port}")
    site = "example.org" if base else "chat.example.org"
    if proxy == "caddy":
        opened = f"https://{NAME}:{port} {{\n\ttls {certificate}/cert.pem {certificate}/key.pem"
        text = f"{{\n\tadmin off\n\tauto_https disable_redirects\n}}\n{block.replace(f'{site} {{', opened, 1)}"
        command = ["caddy", "run", "--config", folder / "conf", "--adapter", "caddyfile"]
    else:
        block = block.replace("listen 443", f"listen 127.0.0.1:{port}").replace(f"server_name {site}", f"server_name {NAME}")
        block = re.sub(r"/etc/letsencrypt\S+/fullchain.pem", f"{certificate}/cert.pem", block)
        block = re.sub(r"/etc/letsencrypt\S+/privkey.pem", f"{certificate}/key.pem", block)
        text = NGINX.format(folder=folder, block=block, user="user root;" if os.getuid() == 0 else "")
        command = ["nginx", "-p", folder, "-e", folder / "error.log", "-c", folder / "conf"]
    (folder / "conf").write_text(text, "utf-8")
    with running(command, folder, port):
        trust = ssl.create_default_context(cafile=str(certificate / "cert.pem"))
        trust.check_hostname = False
        yield Proxied(served, f"https://{NAME}:{port}", base, f"127.0.{1 + PROXIES.index(proxy)}", trust)


@contextmanager
def running(command: list[Any], folder: Path, port: int) -> Iterator[None]:
    """A proxy, from when it takes connections."""
    environment = {**os.environ, "HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with (folder / "said").open("wb") as said, subprocess.Popen(command, stdout=said, stderr=said, env=environment) as process:
        try:
            until = time.monotonic() + 15
            while not is_open(port):
                assert process.poll() is None, (folder / "said").read_text()
                assert time.monotonic() < until
                time.sleep(0.02)
            yield
        finally:
            process.terminate()


def is_open(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def widget_of(proxied: Proxied) -> Widget:
    made: Widget = proxied.served.app.state.visitors.widgets.add("Help", "shop", ["https://shop.example"])
    return made


def test_the_page_and_signing_in_work_by_https(proxied: Proxied) -> None:
    asking = proxied.client(2, Origin=proxied.origin)
    page = asking.get("")
    assert page.status_code == 200
    assert "; Secure" in page.headers["set-cookie"]
    assert f"Path={proxied.base or '/'};" in page.headers["set-cookie"]
    signed_in = asking.post("login", data={"name": "Ada", "password": PASSWORD})
    assert (signed_in.status_code, signed_in.headers["location"]) == (303, f"{proxied.base}/")
    assert asking.get("gaps").status_code == 200
    foreign = {"Origin": "https://evil.example"}
    assert asking.post("logout", headers=foreign).status_code == 403


def test_links_are_those_of_the_outside(proxied: Proxied) -> None:
    asking = proxied.client(3, Accept="text/html")
    found = asking.post("v1/search", json={"query": "How long?", "k": 1}).json()["data"][0]["url"]
    assert found.startswith(f"{proxied.origin}{proxied.base}/d/shop/")
    assert asking.get(found.removeprefix(f"{proxied.origin}{proxied.base}/")).status_code == 200


def test_answers_come_while_they_are_written(proxied: Proxied) -> None:
    """What is asked is answered without an end, so that nothing would come through a proxy that collects."""
    asking = proxied.client(4)
    assistant = proxied.served.app.state.visitors.bases.open("shop")
    chat = {"model": "footnote", "stream": True, "messages": [{"role": "user", "content": "slow"}]}
    for path, body in (("v1/chat/completions", chat), (f"embed/{widget_of(proxied).id}/ask", {"question": "slow"})):
        assistant.abandoned.clear()
        with asking.stream("POST", path, json=body) as answer:
            assert answer.status_code == 200
            assert next(line for line in answer.iter_lines() if "I keep writing." in line)
        assert assistant.abandoned.wait(20), "who goes away is answered no further"


def test_the_pages_queue_comes_while_it_is_written(proxied: Proxied) -> None:
    asking, known = proxied.client(5), handlers(proxied.served.app)
    tab = proxied.origin[-5:]
    call(asking, known["build.<locals>.arrive"], [None], session=tab)
    question = {"fn_index": known["ChatPage.ask"], "data": ["slow", None], "session_hash": tab}
    assert asking.post("gradio_api/queue/join", json=question).status_code == 200
    with asking.stream("GET", f"gradio_api/queue/data?session_hash={tab}") as answer:
        assert next(line for line in answer.iter_lines() if "I keep writing." in line)


def test_files_that_the_server_takes_come_through_and_larger_ones_do_not(proxied: Proxied) -> None:
    asking = proxied.client(6, Origin=proxied.origin)
    asking.post("login", data={"name": "Ada", "password": PASSWORD})
    for size, status in ((1_500_000, 200), (1_000_000 * LARGEST + 1000, 413)):  # of a client, both proxies send within a day
        sent = asking.post("gradio_api/upload", files={"files": ("a.txt", b"x" * size)})
        assert sent.status_code == status


def test_the_client_is_who_asked_the_proxy_whatever_they_say(proxied: Proxied) -> None:
    one, two = proxied.client(7), proxied.client(8)
    said = [{"X-Forwarded-For": f"198.51.100.{n}", "Forwarded": f"for=198.51.100.{n}"} for n in range(7)]
    assert [one.post("logout", headers=headers).status_code for headers in said] == [303] * 6 + [429]
    assert two.post("logout").status_code == 303
    assert two.get("metrics", headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 401


@pytest.mark.browser
def test_a_browser_is_answered(chromium: Any, proxied: Proxied) -> None:  # noqa: F811
    context, home = chromium.new_context(ignore_https_errors=True), f"{proxied.origin}{proxied.base}/"
    wrong: list[str] = []
    try:
        page = context.new_page()
        page.on("console", lambda said: wrong.append(f"{said.text} {said.location}") if said.type == "error" else None)
        page.on("request", lambda asked: wrong.append(asked.url) if not asked.url.startswith(home) else None)
        page.goto(home)
        page.get_by_role("textbox").first.fill("How long may I send it back?")
        page.keyboard.press("Enter")
        expect(page.get_by_text("You have 30 days from delivery").first).to_be_visible()
    finally:
        context.close()
    assert [said for said in wrong if "/favicon.ico" not in said] == []  # which is the site's, not the path's


def test_systemd_takes_the_service(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not on this machine: apt-get install systemd")
    (unit,) = re.findall(r"^```ini\n(.*?)^```$", HOSTING, re.MULTILINE | re.DOTALL)
    path = tmp_path / "footnote.service"
    path.write_text(unit.replace("/opt/footnote/bin/rag", shutil.which("true") or ""), "utf-8")
    said = subprocess.run(["systemd-analyze", "verify", path], capture_output=True, text=True, check=False)
    assert [line for line in said.stderr.splitlines() if path.name in line] == []
    assert said.returncode == 0, said.stderr
