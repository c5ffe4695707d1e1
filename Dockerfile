# Serves the page on port 7860 as user 1000; weights are baked in, so the container needs no network.
# State (index, uploads, conversations, accounts) is in /data: mount a volume there to keep it.
FROM python:3.11-slim

RUN useradd --uid 1000 --create-home user && install -d -o user -g user /app /data
WORKDIR /app
USER 1000
ENV PATH=/home/user/.local/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    RAG_DATA_DIR=/data \
    RAG_MODELS_DIR=/home/user/models \
    RAG_HOST=0.0.0.0 \
    RAG_PORT=7860

COPY --chown=user requirements.txt .ci/constraints.txt ./
RUN pip install --user --no-cache-dir --extra-index-url https://download.pytorch.org/whl/cpu -r requirements.txt -c constraints.txt

COPY --chown=user rag ./rag
# mpnet as well: where the image runs, the CPU may have bf16 or VNNI, and the larger reader reads.
RUN python -m rag models pull && python -m rag models pull mpnet
COPY --chown=user app.py ./
COPY --chown=user knowledge ./knowledge

VOLUME /data
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=5s --start-period=300s \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ[\"RAG_PORT\"]}/healthz', timeout=4).read(1)"]
# As process 1, Python ignores SIGTERM until the server is up; SIGINT stops it at any time.
STOPSIGNAL SIGINT
CMD ["python", "app.py"]
