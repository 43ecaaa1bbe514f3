"""A library made with an embedder that its user brought: remembered, used again, and never mixed with another."""

import shutil
from contextlib import closing
from dataclasses import replace

import pytest
from safetensors.numpy import load_file, save_file

from models.embedder import open_user_embedder
from models.errors import IndexUnusableError, ModelError
from models.store import bundled
from rag.assemble import open_answerer, open_embedder, open_indexer
from rag.events import Finished
from rag.retrieval.dense import DenseLeg
from rag.retrieval.fuse import ReciprocalRanks
from rag.retrieval.lexical import LexicalIndex
from rag.settings import Settings
from rag.store import MANIFEST, Store

pytestmark = pytest.mark.models


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """The bundled model with its vectors turned round: another model to every program, and still a model."""
    folder = tmp_path_factory.mktemp("models") / "own-embedder"
    shutil.copytree(bundled("embedder").location, folder)
    weights = load_file(folder / "model.safetensors")
    save_file({name: -values for name, values in weights.items()}, folder / "model.safetensors")
    return folder


@pytest.fixture(scope="module")
def library(own, tmp_path_factory):
    root = tmp_path_factory.mktemp("own")
    (root / "in").mkdir()
    (root / "in" / "a.txt").write_text("青汀县造林\n\n青汀县今年造林四千亩，明年计划再造三千亩。\n", encoding="utf-8")
    open_indexer(root / "library", embedder=str(own)).run([root / "in"])
    return root / "library"


def test_the_library_remembers_its_embedder(library, own):
    assert open_embedder(library).location == str(own)
    assert open_embedder().location is None


def test_questions_are_embedded_by_it_and_weigh_as_much_as_words(library, own):
    with closing(open_answerer(library)) as assembled:
        assert assembled.models.embedder.location == str(own)
        weights = {LexicalIndex.name: 1.0, DenseLeg.name: Settings().own_dense_weight}
        assert assembled.retriever._fusion == ReciprocalRanks(weights)
        answer = next(e for e in assembled.answerer.stream("青汀县今年造林多少亩？") if isinstance(e, Finished)).answer
    assert set(answer.hits[0].legs) == {"lexical", "dense", "reader"}
    assert answer.models["embedder"] == "own-embedder"


def test_indexing_again_needs_no_naming(library):
    report = open_indexer(library).run([library.parent / "in"])
    assert report.unchanged == 1


def test_another_embedder_is_refused(library):
    with pytest.raises(IndexUnusableError, match="was made with embedder own-embedder"):
        open_indexer(library, embedder=str(bundled("embedder").location)).run([library.parent / "in"])


def test_an_embedder_that_has_gone_is_one_line(library, own, tmp_path):
    copy = tmp_path / "library"
    shutil.copytree(library, copy)
    store = Store(copy)
    live = store.current()
    manifest = store.manifest_of(live)
    elsewhere = replace(manifest, embedder={**manifest.embedder, "location": str(tmp_path / "gone")})
    (live / MANIFEST).write_text(elsewhere.to_json(), encoding="utf-8")
    with pytest.raises(ModelError, match=r"there is no embedder .*gone"):
        open_answerer(copy)


@pytest.mark.parametrize("name", ["no/such-model", "不存在", "a/b/c", ""])
def test_an_unknown_name_is_one_line(name):
    with pytest.raises(ModelError) as told:
        open_user_embedder(name)
    assert "\n" not in str(told.value)
