"""`/desk`: where customer-service agents answer the people who asked for a person."""

from rag.apps.server.desk import (
    acting,
    answers,
    aside,
    back,
    beside,
    conversation,
    counted,
    events,
    gaps,
    html,
    lists,
    noting,
    proposing,
    sending,
    settings,
)

ROUTERS = (
    html.router,
    events.router,
    lists.router,
    counted.router,
    settings.router,
    conversation.router,
    sending.router,
    acting.router,
    noting.router,
    proposing.router,
    beside.router,
    gaps.router,
    answers.router,
    aside.router,
    back.router,  # the last: what no other has
)
"""Each of their routes is for who has the scope `desk`."""
