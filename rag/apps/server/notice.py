"""What who hosts the server is told when it starts."""

from rag.apps.server.sessions import Visitors


def start_notice(visitors: Visitors, url: str) -> list[str]:
    """The lines: who may do what, and how the first account is made where others reach the server and nobody has one."""
    place = visitors.place
    if visitors.accounts.exist():
        return []
    if place.alone:
        return ["Only this machine reaches it, and may manage documents; for others, see docs/server.md."]
    may = "may ask, and nothing else" if visitors.settings.visitors == "ask" else "may do nothing"
    lines = [f"Others can reach it: visitors {may}."]
    if visitors.provider and visitors.provider.admins:
        lines.append(
            f"Administrators are {', '.join(sorted(visitors.provider.admins))}, signed in with {visitors.provider.name}."
        )
    lines.append("Make the first account with `rag accounts add NAME --role admin`, or open this link, once, within a day:")
    lines.append(f"{url}{visitors.setup.make()}")
    return lines
