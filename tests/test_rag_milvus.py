"""The road past one machine: a collection in step with a library, and one line for whatever stands in the way."""

import argparse
import base64
import importlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from concurrent import futures
from contextlib import closing, contextmanager
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import IndexUnusableError, UsageError
from models.fakes import HashingEmbedder
from rag.assemble import open_milvus_retriever
from rag.indexing import Indexer
from rag.library import Library
from rag.milvus.address import DENSE_INDEXES, TOKEN, parse_address
from rag.milvus.collection import Collection, Layout, condition
from rag.milvus.sync import SyncReport, check, sync
from rag.milvus.words import asked, identity, indexed, spelt
from rag.text.terms import terms
from rag.types import Filter
from tests import stories
from tests.conftest import ROOT
from tests.retrievers import SERVER, SETTINGS, drop, kept, need
from ui.cli import main
from ui.eval_commands import _asked_of

NEWS = [{"id": f"story-{number}", "text": stories.text(number)} for number in range(6)]


@pytest.fixture
def lite(tmp_path):
    """A library whose passages are found in a file of the embedded engine."""
    with kept(tmp_path / "library", "milvus-lite") as made:
        yield made


@contextmanager
def opened(address):
    with closing(Collection(address)) as collection:
        yield collection


@pytest.mark.parametrize(
    ("text", "uri", "collection", "embedded"),
    [
        ("http://host:19530", "http://host:19530", "yiju", False),
        ("https://host:443/news/#law", "https://host:443/news", "law", False),
        ("a/b.db", "a/b.db", "yiju", True),
        ("b.db#law_2", "b.db", "law_2", True),
    ],
)
def test_an_address_is_an_engine_and_a_collection(text, uri, collection, embedded):
    """The token comes from the environment, is for servers, and is never shown."""
    address = parse_address(text, {TOKEN: "root:secret"})
    assert (address.uri, address.collection, address.embedded) == (uri, collection, embedded)
    assert address.token == ("" if embedded else "root:secret")
    assert "secret" not in f"{address!r} {address}"
    assert parse_address(str(address), {}) == replace(address, token="")


@pytest.mark.parametrize(
    "text",
    [
        *("", "host:19530", "ftp://host", "http://", "http://host.db", "a.txt", "a.db#no name", "a.db#1st", "a.db##"),
        *("http://root:secret@host:19530", "root:secret@host", "http://host?token=secret", "http://secret@host#x"),
    ],
)
def test_what_is_no_address_is_refused(text, capsys):
    """In one line, exit code 2, and without repeating what may be a token."""
    with pytest.raises(UsageError) as told:
        parse_address(text, {})
    assert "secret" not in str(told.value)
    assert main(["ask", "什么", "--milvus", text]) == 2
    assert capsys.readouterr().err.count("\n") == 1


_TERMS = st.text(
    st.characters(codec="utf-8", categories=("L", "N", "P", "Z", "S")) | st.sampled_from("桥橋3.5u0一"), max_size=40
)


@given(_TERMS, _TERMS)
def test_terms_are_spelt_so_that_every_analyzer_keeps_them(text, other):
    """Each is one run of ASCII letters and digits, as often as it occurs, and different terms stay different."""
    words = spelt(terms(text))
    assert re.fullmatch(r"[a-z0-9 ]*", words)
    assert len(words.split()) == len(terms(text))
    both = {*terms(text), *terms(other)}
    assert len({spelt([term]) for term in both}) == len(both)


def test_a_term_is_not_spelt_like_a_number():
    """The code points of some bigrams are written in digits alone."""
    assert spelt(["有在"]) == "0u67095728"
    assert spelt(["67095728"]) == "67095728"


def test_terms_made_otherwise_are_another_version_s(monkeypatch):
    """Code that makes other terms of the same text is told apart without a number to remember."""
    now = identity()
    assert identity() == now
    monkeypatch.setattr("rag.milvus.words.terms", lambda text: [*terms(text), "more"])
    assert identity() != now


def test_a_row_never_outgrows_its_column():
    """Titles can be long; what is cut off is cut between words."""
    words = indexed("长" * 50_000, "澜江大桥")
    assert len(words) <= 60_000
    assert set(words.split()) == {*spelt(terms("澜江大桥")).split(), *spelt(["长长"]).split()}


def test_of_a_long_question_the_telling_terms_are_asked_for():
    """Those with grammar in them go first, and their number has a bound."""
    words = asked("这是什么的" * 20 + "澜江大桥" + "".join(map(chr, range(0x4E00, 0x4E00 + 200)))).split()
    assert len(words) == 64
    assert spelt(["大桥"]) in words
    assert spelt(["什么"]) not in words


def test_a_filter_in_the_engines_words():
    """Strings are quoted, however they are written."""
    only = Filter(sources=frozenset({'"] or "" == "'}), article_ids=frozenset({"b", "a"}))
    assert condition(Filter()) == ""
    assert condition(only) == ('source in ["\\"] or \\"\\" == \\""] and article in ["a", "b"] and source != ""')


def test_only_changes_travel(lite):
    """A second run sends nothing, and neither does one after a file was only moved, though the library is another."""
    lite.hold(NEWS)
    embedded = []

    class Noting(HashingEmbedder):
        def embed_passages(self, texts):
            embedded.extend(texts)
            return super().embed_passages(texts)

    passages = len(lite.library.passage_rows(Filter()))
    with opened(lite.address) as collection:
        assert sync(collection, lite.library, Noting()) == SyncReport(0, 0, passages)
        (lite.news / "story-3.jsonl").rename(lite.news / "elsewhere.jsonl")
        report = Indexer(lite.root, lite.embedder, SETTINGS).run([lite.news])
        assert len(report.moved) == 1
        with closing(Library.open(lite.root)) as library:
            with pytest.raises(IndexUnusableError, match="the library is another"):
                check(collection, library, lite.embedder)
            assert sync(collection, library, Noting()) == SyncReport(0, 0, passages)
            check(collection, library, lite.embedder)
    assert embedded == []


_PASSAGES = (
    "SELECT article.id, count(*) AS n FROM passage JOIN article ON article.row = passage.article WHERE part = 'body'"
    " GROUP BY article.id"
)


def test_the_difference_is_told_and_sent(lite, tmp_path):
    """What a dry run tells is what is done, and a library made anew of the same articles has no difference."""
    lite.hold(NEWS[:4])
    address = lite.address
    counts = {row["id"]: row["n"] for row in lite.library.query(_PASSAGES)}
    lite.address = None  # the library changes, the collection does not
    lite.hold(NEWS[1:5])
    added = {row["id"]: row["n"] for row in lite.library.query(_PASSAGES)}["story-4"]
    expected = SyncReport(added, counts["story-0"], sum(counts.values()) - counts["story-0"])
    moved = []
    with opened(address) as collection:
        assert sync(collection, lite.library, lite.embedder, dry_run=True) == expected
        with pytest.raises(IndexUnusableError, match="holds generation g000001, the library is another"):
            check(collection, lite.library, lite.embedder)
        assert sync(collection, lite.library, lite.embedder, progress=moved.append) == expected
        check(collection, lite.library, lite.embedder)
        assert sum(moved) == expected.added + expected.deleted
        assert sum(map(len, collection.held())) == expected.passages
        assert expected.passages == len(lite.library.passage_rows(Filter()))
        with kept(tmp_path / "anew", "local") as anew:
            anew.hold(NEWS[4:0:-1])
            assert sync(collection, anew.library, anew.embedder) == SyncReport(0, 0, expected.passages)


_KILLED = """
import os, signal, sys
from pathlib import Path
from models.fakes import HashingEmbedder
from rag.library import Library
from rag.milvus import sync as syncing
from rag.milvus.address import parse_address
from rag.milvus.collection import Collection
syncing.BATCH = 4
class Deadly(HashingEmbedder):
    batches = 0
    def embed_passages(self, texts):
        self.batches += 1
        if self.batches == int(sys.argv[3]):
            os.kill(os.getpid(), signal.SIGKILL)
        return super().embed_passages(texts)
syncing.sync(Collection(parse_address(sys.argv[2])), Library.open(Path(sys.argv[1])), Deadly())
"""


@pytest.mark.parametrize("batch", [1, 4])
def test_a_killed_run_goes_on(lite, tmp_path, batch):
    """What it had sent stays sent, the collection says that it is not complete, and the next run sends the rest."""
    address, lite.address = lite.address, None
    lite.hold(NEWS)
    done = subprocess.run(
        [sys.executable, "-c", _KILLED, lite.root, str(address), str(batch)],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    with opened(address) as collection:
        with pytest.raises(IndexUnusableError, match="has not ended: run `yiju milvus sync"):
            check(collection, lite.library, lite.embedder)
        report = sync(collection, lite.library, lite.embedder)
        assert report.unchanged == 4 * (batch - 1)
        assert report.passages == len(lite.library.passage_rows(Filter()))
        assert sum(map(len, collection.held())) == report.passages
        check(collection, lite.library, lite.embedder)


def test_killed_while_it_was_made(lite):
    """A collection that was begun, with nothing in it yet, is gone on with."""
    from pymilvus import MilvusClient

    address, lite.address = lite.address, None
    lite.hold(NEWS[:1])
    with opened(address) as collection:
        client = MilvusClient(address.uri)
        client.create_collection(address.collection, schema=collection._schema(lite.embedder.dimensions))
        with pytest.raises(IndexUnusableError, match="there is no collection"):
            check(collection, lite.library, lite.embedder)
        assert sync(collection, lite.library, lite.embedder).added
        check(collection, lite.library, lite.embedder)
        client.close()


def test_another_s_collection_is_left_alone(lite):
    """One that was made by something else is neither read nor written."""
    from pymilvus import MilvusClient

    address, lite.address = lite.address, None
    lite.hold(NEWS[:1])
    with opened(address) as collection:
        client = MilvusClient(address.uri)
        client.create_collection(address.collection, dimension=4)
        for run in (check, sync):
            with pytest.raises(IndexUnusableError, match="was not made by yiju: name another collection"):
                run(collection, lite.library, lite.embedder)
        assert client.query(address.collection, filter="", output_fields=["count(*)"])[0]["count(*)"] == 0
        client.close()


def test_what_was_made_otherwise_is_refused(lite):
    """Another embedder, another length of passages, another format: told before anything is found wrongly."""
    lite.hold(NEWS[:1])
    other = HashingEmbedder(fingerprint="another")
    with opened(lite.address) as collection:
        state = collection.state()
        for run in (check, sync):
            with pytest.raises(IndexUnusableError, match=r"made with embedder hashing \(hashing\), .* \(another\)"):
                run(collection, lite.library, other)
        for changed, words in (
            (replace(state, passage_length=99), "has passages of 99 characters"),
            (replace(state, terms="others"), "terms of collection .* are another version's"),
            (replace(state, format=99), "has format 99, this version reads 1"),
        ):
            collection.mark(changed)
            with pytest.raises(IndexUnusableError, match=words):
                check(collection, lite.library, lite.embedder)
        with pytest.raises(UsageError, match="is there already"):
            collection.mark(state)
            sync(collection, lite.library, lite.embedder, Layout(shards=2))


def test_the_embedded_engine_has_no_layout(lite, tmp_path):
    """Shards, replicas and kinds of index are refused, not ignored."""
    lite.hold(NEWS[:1])
    with opened(parse_address(f"{tmp_path}/other.db")) as collection:
        for layout in (Layout(shards=2), Layout(replicas=2), Layout(dense_index="DISKANN")):
            with pytest.raises(UsageError, match="are a server's"):
                sync(collection, lite.library, lite.embedder, layout)


def test_nothing_is_imported_that_is_not_asked_for():
    """Milvus's packages cost a second and may be missing: only who names an address pays."""
    program = (
        "import sys\nimport rag.assemble, ui.commands\nfrom ui.cli import main\n"
        "try:\n    main(['ask', '--help'])\nexcept SystemExit:\n    pass\n"
        "print(sorted({'pymilvus', 'milvus_lite', 'grpc'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_run_records_where_it_found_its_passages(lite):
    """Two runs of one set, one of them through Milvus, can be told apart."""
    lite.hold(NEWS[:1])
    arguments = argparse.Namespace(library=lite.root, milvus=lite.address)
    recorded = _asked_of(arguments, lite.library)
    assert recorded == {"path": str(lite.root), "generation": "g000001", "milvus": str(lite.address)}
    assert "milvus" not in _asked_of(argparse.Namespace(library=lite.root, milvus=None), lite.library)


def test_without_the_package(monkeypatch, tmp_path):
    """Told with how to install it."""
    real = importlib.import_module

    def missing(name, *rest):
        if name == "pymilvus":
            raise ModuleNotFoundError("No module named 'pymilvus'", name=name)
        return real(name, *rest)

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(IndexUnusableError, match=r"not installed .*: pip install .*\[milvus\]"):
        Collection(parse_address(f"{tmp_path}/a.db"))


def test_nobody_answers(tmp_path):
    """No server at the address, or a folder that is not there."""
    need("milvus-lite")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(IndexUnusableError, match=f"no Milvus server answers at http://127.0.0.1:{port}"):
        Collection(parse_address(f"http://127.0.0.1:{port}"))
    with pytest.raises(IndexUnusableError, match="cannot be opened: see that its folder exists"):
        Collection(parse_address(f"{tmp_path}/none/a.db"))


def test_a_file_in_use_is_told(tmp_path):
    """The embedded engine is one process's."""
    need("milvus-lite")
    path = tmp_path / "a.db"
    program = (
        "import sys\nfrom rag.milvus.address import parse_address\nfrom rag.milvus.collection import Collection\n"
        f"kept = Collection(parse_address({str(path)!r}))\nprint('open', flush=True)\nsys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout.readline() == "open\n"
        with pytest.raises(IndexUnusableError, match="no other process has it open"):
            Collection(parse_address(str(path)))
        other.stdin.close()


def test_a_refused_token_is_told():
    """The server's answer is understood, the token is sent as it was given, and it is not shown."""
    need("milvus-lite")
    import grpc

    sent = []

    class Refusing(grpc.GenericRpcHandler):
        def service(self, details):
            def refuse(_, context):
                sent.append(dict(context.invocation_metadata()).get("authorization"))
                told = "auth check failure, please check username and password are correct"
                context.abort(grpc.StatusCode.UNAUTHENTICATED, told)

            return grpc.unary_unary_rpc_method_handler(refuse)

    server = grpc.server(futures.ThreadPoolExecutor(1))
    server.add_generic_rpc_handlers((Refusing(),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    address = parse_address(f"http://127.0.0.1:{port}", {TOKEN: "root:secret"})
    with pytest.raises(IndexUnusableError, match=f"refused the token: set {TOKEN}") as told:
        Collection(address)
    server.stop(None)
    assert sent[0] == base64.b64encode(b"root:secret").decode()
    assert "secret" not in str(told.value)


@pytest.fixture
def served(tmp_path):
    """milvus-lite as a server of its own: the road that a real server's requests take."""
    need("milvus-lite")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "milvus_lite.cmdline", "server", "--host", "127.0.0.1"]
    with subprocess.Popen([*command, "--port", str(port), "--data-dir", tmp_path / "data"]) as server:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
        server.terminate()


def test_through_a_server(served, lite):
    """Collections of two libraries lie side by side; a search and its errors come through the network."""
    address, lite.address = lite.address, None
    lite.hold(NEWS)
    question = "验收组认为主体结构"
    expected = None
    for each in (address, parse_address(f"{served}#one"), parse_address(f"{served}#two")):
        with opened(each) as collection:
            sync(collection, lite.library, lite.embedder)
            retriever = open_milvus_retriever(lite.library, lite.root, collection, SETTINGS, lite.embedder)
            found = [(hit.passage.id, hit.rank) for hit in retriever.search(question, 10)]
            expected = expected or found
            assert found == expected
            assert found
    with (
        opened(parse_address(f"{served}#three")) as collection,
        pytest.raises(IndexUnusableError, match=r"there is no collection 'three' at .*: run `yiju milvus sync"),
    ):
        check(collection, lite.library, lite.embedder)


def test_an_embedder_of_ones_own_counts_as_much(lite):
    """Nothing is fitted for it: the engine fuses reciprocal ranks, as one machine does with equal weights."""
    lite.hold(NEWS)
    lite.embedder.location = "own"
    with opened(lite.address) as collection:
        retriever = open_milvus_retriever(lite.library, lite.root, collection, SETTINGS, lite.embedder)
        hits = retriever.search("验收组认为主体结构", 10)
        assert hits[0].rank == 1
        vector = lite.embedder.embed_query("验收组认为主体结构")
        fused = collection.search(asked("验收组认为主体结构"), vector, None, 10, Filter())
        assert fused[0].score <= 2 / 61 + 1e-6
        nothing = collection.search("", np.zeros_like(vector), None, 10, Filter())
        assert nothing == []
        all_of_them = collection.search(asked("验收组认为主体结构"), vector, 1.0, 1_000, Filter())
        assert {found.article_id for found in all_of_them} == {row["id"] for row in NEWS}


@pytest.mark.models
def test_the_command_line(tmp_path, capsys):
    """Sync, a question, a stale collection: as a person meets them."""
    need("milvus-lite")
    news, library, address = tmp_path / "news", tmp_path / "library", f"{tmp_path}/m.db#news"
    news.mkdir()
    (news / "a.txt").write_text(stories.text(1), encoding="utf-8")
    assert main(["index", "--library", str(library), str(news)]) == 0
    asking = ["ask", "--library", str(library), "--milvus", address, "--json", "项目总投资多少亿元？"]
    assert main(asking) == 4
    assert "there is no collection 'news'" in capsys.readouterr().err
    assert main(["milvus", "sync", "--library", str(library), address, "--dry-run"]) == 0
    assert capsys.readouterr().out.startswith("would be added 2, deleted 0, unchanged 0; 2 passages in ")
    assert main(["milvus", "sync", "--library", str(library), address, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "added": 2,
        "deleted": 0,
        "unchanged": 0,
        "passages": 2,
        "dry_run": False,
    }
    assert main(asking) == 0
    answer = json.loads(capsys.readouterr().out)
    assert [hit["article_id"] for hit in answer["hits"]]
    assert answer["hits"][0]["text"] in stories.text(1)
    (news / "b.txt").write_text(stories.text(2), encoding="utf-8")
    assert main(["index", "--library", str(library), str(news)]) == 0
    capsys.readouterr()
    assert main(asking) == 4
    assert (
        "holds generation g000001, the library is another (g000002): run `yiju milvus sync" in capsys.readouterr().err
    )
    assert main(["milvus", "sync", "--library", str(library), address]) == 0
    assert capsys.readouterr().out.startswith("added 2, deleted 0, unchanged 2; 4 passages in ")


@pytest.fixture
def server():
    """An address of a server's collection, which is removed in the end."""
    need("milvus-server")
    address = parse_address(f"{os.environ[SERVER]}#test_layout_{os.getpid()}")
    yield address
    drop(address)


@pytest.mark.parametrize("index", DENSE_INDEXES)
def test_what_only_a_server_has(server, index, tmp_path):
    """Shards and each kind of index; what is found is what the exact search of one machine finds first."""
    with kept(tmp_path / "library", "local") as made:
        retriever = made.hold(NEWS)
        expected = retriever.search("验收组认为主体结构", 3)
        layout = Layout(shards=2, replicas=1, dense_index=index)
        with opened(server) as collection:
            sync(collection, made.library, made.embedder, layout)
            described = collection._client.describe_collection(server.collection)
            assert described["num_shards"] == 2
            assert collection._client.describe_index(server.collection, "dense")["index_type"] == index
            found = open_milvus_retriever(made.library, made.root, collection, SETTINGS, made.embedder)
            assert found.search("验收组认为主体结构", 3)[0].passage == expected[0].passage


def test_several_processes_ask_one_server(server, tmp_path):
    """A reader that is open goes on while another one brings the collection in step, and then sees what is new."""
    with kept(tmp_path / "library", "local") as made, opened(server) as writer, opened(server) as reader:
        made.hold(NEWS[:3])
        sync(writer, made.library, made.embedder)
        check(reader, made.library, made.embedder)
        made.hold(NEWS)
        sync(writer, made.library, made.embedder)
        check(reader, made.library, made.embedder)
        found = open_milvus_retriever(made.library, made.root, reader, SETTINGS, made.embedder)
        assert {hit.passage.article_id for hit in found.search("竣工验收", 100)} >= {"story-5"}
