"""Log records without personal data, whatever library wrote them; also what their tracebacks show."""

import logging

from rag.privacy.masking import mask

FORMAT = "%(levelname)s %(name)s: %(message)s"


class MaskingFormatter(logging.Formatter):
    """Masks the whole line as it would be written."""

    def format(self, record: logging.LogRecord) -> str:
        return mask(super().format(record))


def log_to_stderr(level: str) -> None:
    """Logs go to standard error, masked; a call more changes nothing."""
    handler = logging.StreamHandler()
    handler.setFormatter(MaskingFormatter(FORMAT))
    logging.basicConfig(level=level, handlers=[handler])
