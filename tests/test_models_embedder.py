"""The bundled embedder: a sentence-transformers folder, and its light path."""

import json
import shutil
import subprocess
import sys

import numpy as np
import pytest

from models.embedder import SentenceTransformerEmbedder
from models.errors import ModelError
from models.fold import simplify
from models.store import bundled
from tests.conftest import ROOT

pytestmark = pytest.mark.models
TEXTS = [
    "澜江大桥五月一日通车。",
    "瀾江大橋通車",
    "GPT-4 与 3.5%",
    "",
    "？！",
    "䶮😀",
    "图书馆藏书四十万册，周一闭馆。" * 20,
]


@pytest.fixture(scope="module")
def embedder():
    return SentenceTransformerEmbedder(bundled("embedder").location)


def test_the_light_path_equals_sentence_transformers(embedder):
    """A question's vector in numpy is the one that sentence-transformers gives."""
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(bundled("embedder").location), device="cpu", local_files_only=True).float()
    expected = model.encode([simplify(text) for text in TEXTS], normalize_embeddings=True)
    for text, vector in zip(TEXTS, expected, strict=True):
        assert np.allclose(embedder.embed_query(text), np.nan_to_num(vector), atol=1e-6)


def test_a_few_passages_do_without_the_import_and_come_out_the_same():
    """Bringing a folder in step must not cost seconds of importing, and vectors must not depend on how many come."""
    code = (
        "import sys; from models.embedder import SentenceTransformerEmbedder; from models.store import bundled; "
        "SentenceTransformerEmbedder(bundled('embedder').location).embed_passages(['通车'] * 9); "
        "print('sentence_transformers' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "False"
    few, many = (SentenceTransformerEmbedder(bundled("embedder").location) for _ in range(2))
    assert np.array_equal(few.embed_passages(TEXTS), many.embed_passages(TEXTS * 700)[: len(TEXTS)])
    assert "_model" in many.__dict__


def test_passages_and_queries_share_one_space(embedder):
    """Both ways in give the same unit vectors."""
    passages = embedder.embed_passages(TEXTS)
    assert passages.shape == (len(TEXTS), embedder.dimensions)
    assert np.allclose(passages, [embedder.embed_query(text) for text in TEXTS], atol=1e-6)
    lengths = np.linalg.norm(passages, axis=1)
    assert np.all(np.isclose(lengths, 1, atol=1e-5) | (lengths == 0))


def test_scripts_are_one(embedder):
    """Traditional text has the vector of its Simplified form."""
    assert np.array_equal(embedder.embed_query("澜江大桥通车"), embedder.embed_query("瀾江大橋通車"))


def test_it_tells_near_from_far(embedder):
    """A question is nearer to what answers it than to something else."""
    question = embedder.embed_query("图书馆有多少藏书？")
    near, far = embedder.embed_passages(["图书馆藏书四十万册。", "大桥五月一日通车。"])
    assert question @ near > question @ far


@pytest.mark.parametrize("lost", ["modules.json", "model.safetensors", "tokenizer.json"])
def test_a_missing_file_is_one_line(tmp_path, lost):
    """Whichever file of the folder is gone, the error names the folder."""
    copy = tmp_path / "embedder"
    shutil.copytree(bundled("embedder").location, copy)
    path = next(copy.rglob(lost))
    path.unlink()
    with pytest.raises(ModelError, match="embedder") as caught:
        SentenceTransformerEmbedder(copy).embed_passages(["字"])
    assert "\n" not in str(caught.value)


def test_the_fingerprint_follows_the_weights(tmp_path, embedder):
    """Other weights, other fingerprint; a model card does not count."""
    copy = tmp_path / "embedder"
    shutil.copytree(bundled("embedder").location, copy)
    (copy / "README.md").write_text("other words")
    assert SentenceTransformerEmbedder(copy).fingerprint == embedder.fingerprint
    settings = copy / "config_sentence_transformers.json"
    settings.write_text(json.dumps({"changed": True}))
    assert SentenceTransformerEmbedder(copy).fingerprint != embedder.fingerprint
