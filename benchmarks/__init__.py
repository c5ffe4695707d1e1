"""The measurements behind docs/, each a command of its own."""


def quiet(done: int, total: int, what: str) -> None:
    """A progress that says nothing."""
