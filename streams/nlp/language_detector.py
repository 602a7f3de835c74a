"""The language of a text by eldc, an n-gram detector for 60 languages."""

from importlib.metadata import version

from streams.enrich.models import LanguageGuess

__all__ = ["EldcLanguageDetector"]

_UNKNOWN = "und"


class EldcLanguageDetector:
    """Guesses only where eldc calls its own result reliable; `confidence` is eldc's score of the language."""

    def __init__(self) -> None:
        import eldc  # type: ignore[import-untyped]

        eldc.init()
        self._detector = eldc.instance()  # settings of its own: no other user of eldc can change ours
        self._detector.set_scores(1)
        self.model = f"eldc-{version('eldc')}"

    def detect(self, text: str) -> LanguageGuess | None:
        """The best guess, or None where it has none."""
        result = self._detector.detect_details(_encodable(text))
        if result.language == _UNKNOWN or not result.reliable:
            return None
        return LanguageGuess(result.language, min(1.0, result.scores[result.language]))


def _encodable(text: str) -> str:
    """Eldc is written in C: it cannot encode a lone surrogate, and stops reading at a NUL."""
    return text.encode("utf-8", "replace").decode().replace("\0", " ")
