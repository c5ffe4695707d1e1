"""Real mail servers for tests: aiosmtpd takes replies, Dovecot keeps a mailbox where it is installed."""

import imaplib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

USER, PASSWORD = "help", "secret-of-the-mailbox"
CONFIG = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
default_internal_user = {internal}
default_internal_group = {group}
default_login_user = {login}
first_valid_uid = {uid}
mail_location = maildir:{folder}/mail
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/home
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
}}
service anvil {{
  chroot =
}}
"""


def has_dovecot() -> bool:
    """Whether a Dovecot is there that reads CONFIG: version 2.4 writes its settings otherwise."""
    program = shutil.which("dovecot") or "/usr/sbin/dovecot"
    if not Path(program).exists():
        return False
    return subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout.startswith("2.3.")


class Inbox:
    """What an SMTP server was given. `answers` are replies to say, the first to the next mail, as "450 try later"."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, list[str], bytes]] = []
        self.answers: list[str] = []

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address.startswith("nobody@"):
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.answers:
            return self.answers.pop(0)
        self.mails.append((envelope.mail_from, list(envelope.rcpt_tos), envelope.content))
        return "250 OK"


@contextmanager
def smtp(inbox: Inbox) -> Iterator[str]:
    """Its address, as RAG_MAIL_SMTP takes it."""
    from aiosmtpd.controller import Controller

    controller = Controller(inbox, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        yield f"smtp://127.0.0.1:{controller.port}"
    finally:
        controller.stop()


@contextmanager
def dovecot() -> Iterator[str]:
    """The address of a mailbox, as RAG_MAIL_IMAP takes it; `deliver` puts mails into it.

    Its folder has a short name, as those of its sockets may have 107 characters.
    """
    folder = Path(tempfile.mkdtemp(prefix="imap-"))
    try:
        with _dovecot(folder) as address:
            yield address
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _dovecot(folder: Path) -> Iterator[str]:
    port, root = free_port(), os.getuid() == 0
    uid, gid = (65534, 65534) if root else (os.getuid(), os.getgid())
    own = subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()
    group = subprocess.run(["id", "-gn"], capture_output=True, text=True, check=True).stdout.strip()
    names = (
        {"internal": "dovecot", "group": "dovecot", "login": "dovenull"} if root else dict(internal=own, group=group, login=own)
    )
    for part in ("mail", "home", "run", "state"):
        (folder / part).mkdir(parents=True)
        os.chown(folder / part, uid, gid)
    folder.chmod(0o755)
    config = folder / "dovecot.conf"
    config.write_text(CONFIG.format(folder=folder, port=port, uid=uid, gid=gid, password=PASSWORD, **names))
    program = shutil.which("dovecot") or "/usr/sbin/dovecot"
    process = subprocess.Popen([program, "-F", "-c", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(port, process)
        yield f"imap://127.0.0.1:{port}/INBOX"
    finally:
        process.terminate()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def deliver(address: str, *mails: bytes) -> None:
    """Puts mails into the mailbox."""
    with mailbox(address) as server:
        for mail in mails:
            status, said = server.append("INBOX", None, None, mail.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
            assert status == "OK", said


@contextmanager
def mailbox(address: str) -> Iterator[imaplib.IMAP4]:
    with imaplib.IMAP4("127.0.0.1", int(address.split(":")[2].partition("/")[0])) as server:
        server.login(USER, PASSWORD)
        yield server


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _wait(port: int, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(100):
        if process.poll() is not None:
            raise RuntimeError("dovecot ended at once: its log says why")
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1) as connection:
            if connection.recv(4) == b"* OK":
                return
        time.sleep(0.1)
    raise RuntimeError("dovecot does not answer")
