"""The JSON other programs rely on: answers, passages and files as plain values; offsets as in `rag.types`."""

from dataclasses import asdict
from typing import Any

from rag.about import About
from rag.types import Answer, Block, Citation, Document, FileReport, Mark


def answer_json(answer: Answer) -> dict[str, Any]:
    """`support` is `[[start, end, n or null, weight], …]`, in characters of `answer`, as `blocks` and `marks` are; `closest`
    came close and is not cited."""
    return {
        "question": answer.question,
        "searched": answer.searched,
        "answer": answer.text,
        "status": answer.status,
        "confidence": answer.confidence,
        "answerable": answer.answerable,
        "citations": [citation_json(citation) for citation in answer.citations],
        "blocks": [block_json(block) for block in answer.blocks],
        "marks": [mark_json(mark) for mark in answer.marks],
        "support": [[item.start, item.end, item.n, item.weight] for item in answer.support],
        "closest": [citation_json(citation) for citation in answer.closest],
        "choices": list(answer.choices),
        "left_out": answer.left_out,
        "problem": answer.problem,
        "timings_ms": answer.timings_ms,
        "models": answer.models,
    }


def citation_json(citation: Citation) -> dict[str, Any]:
    """`date` is the edition's, ISO 8601. `start` and `end` are characters of the document's text, `highlights`
    `[[start, end, weight], …]`, `answer_span` `[start, end]` or null, `blocks` and `marks` of `text`."""
    return {
        "n": citation.n,
        "document": citation.document,
        "title": citation.title,
        "headings": list(citation.headings),
        "page": citation.page,
        "start": citation.start,
        "end": citation.end,
        "text": citation.text,
        "score": citation.score,
        "highlights": [[span.start, span.end, span.weight] for span in citation.highlights],
        "answer_span": list(citation.answer_span) if citation.answer_span else None,
        "blocks": [block_json(block) for block in citation.blocks],
        "marks": [mark_json(mark) for mark in citation.marks],
        "date": citation.about.since,
        "about": about_json(citation.about),
    }


def about_json(about: About) -> dict[str, Any]:
    """Every field of `rag.about.About`, "" where nothing is said."""
    return asdict(about)


def block_json(block: Block) -> dict[str, Any]:
    """`cells` are `[[start, end], …]`, counted as `start` and `end` are."""
    return {
        "start": block.start,
        "end": block.end,
        "kind": block.kind,
        "level": block.level,
        "marker": block.marker,
        "columns": list(block.columns),
        "cells": [list(cell) for cell in block.cells],
        "caption": block.caption,
    }


def mark_json(mark: Mark) -> dict[str, Any]:
    return {"start": mark.start, "end": mark.end, "kind": mark.kind, "target": mark.target}


def file_json(report: FileReport) -> dict[str, Any]:
    return {
        "document": report.name,
        "state": report.state,
        "title": report.title,
        "documents": report.documents,
        "chunks": report.chunks,
        "size": report.size,
        "reason": report.reason,
        "message": report.message,
        "audience": "internal" if report.internal else "public",
        "id": report.id,
        "path": report.path,
        "left_out": [{"kind": part.kind, "count": part.count, "where": part.where} for part in report.left_out],
    }


def document_json(document: Document, report: FileReport) -> dict[str, Any]:
    return {
        "document": document.name,
        "title": document.title,
        "text": document.text,
        "state": report.state,
        "about": {**about_json(document.about), **({"audience": "internal"} if report.internal else {})},
        "sections": [
            {"start": section.start, "end": section.end, "headings": list(section.headings), "page": section.page}
            for section in document.sections
        ],
    }
