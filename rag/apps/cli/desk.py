"""`rag desk`: mail and webhooks of the desk, by hand."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from rag.apps.cli.opening import AsJson, settings_for_command
from rag.apps.cli.printing import err, out, plain, print_json
from rag.config_channels import load_channels
from rag.errors import RagError, SettingsError

if TYPE_CHECKING:
    from rag.desk.desk import Desk
    from rag.desk.webhooks import Webhooks

commands = typer.Typer(name="desk", help="The agent desk: mail and webhooks.", no_args_is_help=True, rich_markup_mode=None)
hooks = typer.Typer(
    name="hooks", help="Webhooks: addresses that are told what happens.", no_args_is_help=True, rich_markup_mode=None
)
commands.add_typer(hooks, name="hooks")


@contextmanager
def _desk() -> "Iterator[Desk]":
    from rag.desk.desk import Desk

    with closing(Desk.of(settings_for_command().data_dir)) as found:
        yield found


@contextmanager
def _hooks() -> "Iterator[Webhooks]":
    from rag.desk.webhooks import Webhooks

    with _desk() as desk:
        yield Webhooks(desk.store, private=load_channels().webhooks_private)


@commands.command()
def mail(as_json: AsJson = False) -> None:
    """Fetch and send mail once, as the server does again and again."""
    from rag.desk.mail.worker import MailWorker

    settings = load_channels()
    if not (settings.mail_imap or settings.mail_smtp):
        raise SettingsError(
            "There is no mail: set RAG_MAIL_IMAP to fetch, RAG_MAIL_SMTP and RAG_MAIL_FROM to send (docs/desk-assist.md)."
        )
    with _desk() as desk:
        done = MailWorker(desk, settings).once()
    new = [one for one in done.taken if not one.again]
    if as_json:
        rows = [{"kind": one.kind, "conversation": one.conversation, "problem": one.problem} for one in new]
        print_json({"taken": rows, "sent": done.sent, "problems": list(done.problems)})
    else:
        out.print(plain(f"{len(new)} mails taken, {done.sent} replies sent"))
        for problem in done.problems:
            err.print(plain(problem))
    if any(problem.startswith(("mail is", "replies are")) for problem in done.problems):
        raise typer.Exit(1)


@commands.command()
def aside(as_json: AsJson = False) -> None:
    """List mails that became no message. A program sent them, or something is wrong with them."""
    from rag.desk.mail.files import Files

    with _desk() as desk:
        found = Files(desk.store).aside()
    if as_json:
        print_json(
            [
                {"id": one.id, "kind": one.kind, "from": one.sender, "subject": one.subject, "problem": one.problem}
                for one in found
            ]
        )
        return
    for one in found:
        out.print(plain(f"{one.id}  {one.at:%Y-%m-%d %H:%M}  {one.sender}  {one.subject}\n    {one.problem}"))


@commands.command()
def retry(
    message: Annotated[int | None, typer.Argument(help="The reply's number, as `rag desk retry` lists it.")] = None,
) -> None:
    """List replies that could not be mailed. With a number, have one sent again."""
    from rag.desk.mail.sending import Sender

    with _desk() as desk:
        sender = Sender(desk, load_channels())
        if message is not None:
            if message not in {one.message for one in sender.failed()}:
                raise RagError(f"no reply {message} failed; `rag desk retry` lists those that did")
            sender.retry(message)
            return
        for one in sender.failed():
            again = f"again at {one.next_at:%Y-%m-%d %H:%M} UTC" if one.next_at else "given up"
            out.print(plain(f"{one.message}  {one.conversation}  {one.tries} tries, {again}: {one.error}"))


@hooks.command("list")
def list_hooks(as_json: AsJson = False) -> None:
    """List the webhooks, with the calls that wait and the last problem."""
    with _hooks() as found:
        every = found.all()
    if as_json:
        print_json([{"id": h.id, "url": h.url, "kinds": list(h.kinds), "waiting": h.waiting, "error": h.error} for h in every])
        return
    for hook in every:
        out.print(plain(f"{hook.id}  {hook.url}  {', '.join(hook.kinds)}  {hook.waiting} waiting  {hook.error}"))


@hooks.command("add")
def add_hook(
    url: str,
    kinds: Annotated[
        list[str] | None, typer.Option("--tell", help="new, waiting, resolved (may be repeated); by default all.")
    ] = None,
) -> None:
    """Tell an address what happens from now on. Prints the secret that its calls are signed with, this once."""
    from rag.desk.webhooks import KINDS

    with _hooks() as found:
        hook, secret = found.add(url, kinds or KINDS)  # type: ignore[arg-type] # what is none of them is refused there
    err.print(plain(f"webhook {hook.id} is told of {', '.join(hook.kinds)}; its secret is shown this once:"))
    out.print(plain(secret))


@hooks.command("remove")
def remove_hook(id: int) -> None:
    """Tell an address no more."""
    with _hooks() as found:
        found.get(id)
        found.remove(id)
