"""Log records without personal data, whatever library wrote them; also what their tracebacks show."""

import json
import logging
from datetime import UTC, datetime
from typing import Final, Literal, get_args

from rag.errors import SettingsError
from rag.privacy.masking import mask

FORMAT: Final = "%(levelname)s %(name)s: %(message)s"
Form = Literal["text", "json"]


class MaskingFormatter(logging.Formatter):
    """Masks the whole line as it would be written, by the formatter given or in FORMAT."""

    def __init__(self, format: str = FORMAT, inner: logging.Formatter | None = None) -> None:
        super().__init__(format)
        self._inner = inner

    def format(self, record: logging.LogRecord) -> str:
        return mask(self._inner.format(record) if self._inner else super().format(record))


class JsonFormatter(MaskingFormatter):
    """One JSON object a line: time, level, logger, message, and where there is one the error."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": mask(record.getMessage()),
        }
        if record.exc_info:
            line["error"] = mask(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)


def log_to_stderr(level: str, form: str = "text") -> None:
    """Logs go to standard error, masked; a call more changes nothing. Raises SettingsError for a form that is none."""
    if form not in get_args(Form):
        raise SettingsError(f"RAG_LOG_FORMAT is {form!r}: take text or json.")
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter() if form == "json" else MaskingFormatter())
    logging.basicConfig(level=level, handlers=[handler])


def mask_handlers() -> None:
    """Masks also what handlers write that libraries have set up for loggers of their own, as transformers does."""
    named = (found for found in logging.root.manager.loggerDict.values() if isinstance(found, logging.Logger))
    for logger in (logging.root, *named):
        for handler in logger.handlers:
            if not isinstance(handler.formatter, MaskingFormatter):
                handler.setFormatter(MaskingFormatter(inner=handler.formatter or logging.Formatter()))
