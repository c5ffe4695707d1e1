"""What programs call: answers, embeddings and models in OpenAI's form, search, documents, feedback; `/docs` describes it.

What takes a model's time takes turns with the page's questions.
"""

from rag.apps.server.api import chat, documents, embeddings, feedback, models, reference, responses, search

ROUTERS = (
    models.router,
    chat.router,
    responses.router,
    embeddings.router,
    search.router,
    documents.router,
    feedback.router,
    reference.router,
)

UPLOADS = documents.PATH
"""The path whose bodies are files."""
