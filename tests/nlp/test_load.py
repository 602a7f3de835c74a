import pickle
import subprocess
import sys

import pytest

from streams.errors import SettingsError
from streams.nlp.load import ModelSpec, load_models


def test_a_spec_can_be_sent_to_a_process() -> None:
    spec = ModelSpec(spacy_model="x", analysed_chars=7)
    assert pickle.loads(pickle.dumps(spec)) == spec
    assert hash(spec) == hash(ModelSpec("x", 7))


def test_a_missing_model_is_one_clear_line() -> None:
    with pytest.raises(SettingsError, match="no_such_model"):
        load_models(ModelSpec(spacy_model="no_such_model"))


@pytest.mark.parametrize("module", ["streams.enrich.pipeline", "streams.nlp.load"])
def test_no_import_loads_a_model(module: str) -> None:
    code = f"import sys, {module}; print(*sorted({{'spacy', 'thinc', 'eldc', 'numpy'}} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
