"""Texts by name are downloaded once, checked, and read offline afterwards; a failure leaves nothing and is one line.

The homes of the texts are not asked: a local server stands for them.
"""

import hashlib
import sys
import threading
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from conftest import assert_refused
from runs import TINY
from texts import REAL_TEXTS

import data.download
from data import CORPORA, Text, TextError, announced, listing, validation_files
from data.corpora import TEXTS, KnownText

pooch = pytest.importorskip("pooch", reason="needs pooch: pip install -e '.[corpora]'")

CATS = b"The cat sat on a mat, and then it saw two birds.\r\n" * 40
DOGS = b"A dog saw the cat.\n" * 40
FILES = {"/cats.txt": CATS, "/a/one.txt": CATS, "/a/two.txt": DOGS}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path)
        content = self.server.files.get(self.path)
        self.send_response(404 if content is None else 200)
        self.send_header("Content-Length", str(len(content or b"") + self.server.missing))
        self.end_headers()
        self.wfile.write(content or b"")

    def log_message(self, *arguments):
        pass


@pytest.fixture
def server(tmp_path, monkeypatch):
    """A server whose texts "cats" (one file) and "pets" (two, the last for validation) are corpora, and a cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        server.files, server.asked, server.missing = dict(FILES), [], 0
        server.home = f"http://127.0.0.1:{server.server_port}"
        server.cache = tmp_path / "cache" / "minrnn"
        thread = threading.Thread(target=partial(server.serve_forever, poll_interval=0.01))
        thread.start()

        def known(title, folder, *names, **more):
            files = {name: FILES[f"{folder}{name}"] for name in names}
            facts = {name: (len(b), hashlib.sha256(b).hexdigest()) for name, b in files.items()}
            return KnownText(title, "example.org/pets", "public domain text", server.home + folder, facts, **more)

        texts = {
            "cats": known("a cat", "/", "cats.txt"),
            "pets": known("all", "/a/", "one.txt", "two.txt", validation=1),
        }
        for name, text in texts.items():
            monkeypatch.setitem(TEXTS, name, text)
            monkeypatch.setitem(CORPORA, name, partial(data.download.fetched, name))
        monkeypatch.chdir(tmp_path)
        yield server
        server.shutdown()
        thread.join()


def whole(*sources):
    text = Text(sources)
    return "".join(piece for path in text.files for piece in text.pieces(path))


def refusal(name):
    with pytest.raises(TextError) as caught:
        Text([name])
    message = str(caught.value)
    assert "\n" not in message and "by hand" in message
    return message


def cached(server):
    """The names of all files in the cache, temporary ones too."""
    return sorted(path.name for path in server.cache.rglob("*") if path.is_file())


def test_a_text_is_downloaded_once_and_read_offline_afterwards(server):
    assert whole("cats") == CATS.decode().replace("\r\n", "\n")
    assert (server.cache / "cats" / "cats.txt").read_bytes() == CATS
    server.files.clear()
    assert whole("cats").count("cat") == 40
    assert server.asked == ["/cats.txt"]


def test_the_files_of_a_text_keep_their_order(server):
    assert [path.read_bytes() for path in Text(["pets"]).files] == [CATS, DOGS]
    assert cached(server) == ["one.txt", "two.txt"]


def test_a_download_goes_on_where_it_stopped(server):
    del server.files["/a/two.txt"]
    message = refusal("pets")
    assert "two.txt: the server says 404" in message and "https://example.org/pets" in message
    assert cached(server) == ["one.txt"]
    server.files |= FILES
    assert len(Text(["pets"]).files) == 2
    assert server.asked == ["/a/one.txt", "/a/two.txt", "/a/two.txt"]


def test_other_bytes_than_the_known_ones_are_refused_and_not_kept(server):
    server.files["/cats.txt"] = CATS + b"?"
    message = refusal("cats")
    assert "SHA-256" in message and f"fetch {server.home}/cats.txt by hand" in message
    assert cached(server) == []


def test_a_download_that_is_cut_short_is_not_kept(server):
    server.missing = 5
    assert "cats could not be downloaded: cats.txt" in refusal("cats")
    assert cached(server) == []


def test_without_a_network_the_address_is_told(server):
    port = server.server_port
    server.shutdown()
    server.server_close()
    assert f"no answer (ConnectionError); fetch http://127.0.0.1:{port}/cats.txt" in refusal("cats")
    assert cached(server) == []


def test_a_damaged_file_in_the_cache_is_downloaded_again(server):
    Text(["cats"])
    path = server.cache / "cats" / "cats.txt"
    path.write_bytes(CATS[:-7])
    assert announced(["cats"])
    Text(["cats"])
    assert path.read_bytes() == CATS and len(server.asked) == 2


def test_without_room_for_a_file_nothing_is_kept(server):
    resource = pytest.importorskip("resource", reason="needs limits of the size of files")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(CATS) - 500, limits[1]))
    try:
        message = refusal("cats")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert f"{server.cache / 'cats'}: File too large" in message
    assert cached(server) == []


def test_a_cache_that_cannot_be_made_is_told(server, tmp_path):
    (tmp_path / "cache").write_text("a file")
    assert str(server.cache / "cats") in refusal("cats")


def test_a_missing_pooch_is_told_with_how_to_install_it(server, monkeypatch):
    monkeypatch.setitem(sys.modules, "pooch", None)
    assert "pip install -e '.[corpora]'" in refusal("cats")
    assert announced(["cats"]) == []


def test_a_file_or_folder_of_the_same_name_goes_first_and_that_is_said(server, tmp_path):
    (tmp_path / "cats").write_text("mine")
    text = Text(["cats"])
    assert [path.read_text() for path in text.files] == ["mine"] and server.asked == []
    assert text.all_notes() == ["cats is read from the current folder; the corpus of that name is not used"]
    assert announced(["cats"]) == []
    (tmp_path / "pets").mkdir()
    assert validation_files(["pets"]) == 0


def test_what_will_be_downloaded_is_announced(server, tmp_path):
    assert announced(["python", "cats", "no-such", str(tmp_path)]) == [
        "downloading cats: a cat; 2 kB in 1 file of example.org/pets; public domain text"
    ]
    Text(["cats"])
    assert announced(["cats"]) == []


def test_pooch_says_nothing_of_its_own_and_is_as_it_was(server, capfd):
    level = pooch.get_logger().level
    Text(["pets"])
    assert capfd.readouterr() == ("", "")
    assert pooch.get_logger().level == level


def test_the_listing_has_source_size_and_licence_of_every_corpus():
    lines = listing().splitlines()
    assert [line.split()[0] for line in lines] == list(CORPORA)
    for line, text in zip(lines[1:], TEXTS.values()):
        assert text.source in line and text.licence in line and f"{text.size / 1e3:,.0f} kB" in line


def test_every_address_is_pinned_by_a_hash_and_is_encrypted():
    for text in TEXTS.values():
        assert text.base.startswith("https://raw.githubusercontent.com/") and text.base.endswith("/")
        assert all(size > 0 and len(bytes.fromhex(sha256)) == 32 for size, sha256 in text.files.values())
    assert len(TEXTS["shakespeare"].files) == 42


# Where the tests' own copies are.
COPIES = {"tinyshakespeare": ["tinyshakespeare.txt"], "anna": ["anna.txt"], "nietzsche": ["nietzsche-49k.txt"]}


@pytest.mark.parametrize("name", TEXTS)
def test_sizes_and_hashes_are_those_of_the_bytes(name):
    if not REAL_TEXTS.exists():
        pytest.skip("needs the texts themselves, which may not be redistributed with this project")
    folder = REAL_TEXTS / "shakespeare" if name == "shakespeare" else REAL_TEXTS
    for file, facts in zip(COPIES.get(name, TEXTS[name].files), TEXTS[name].files.values()):
        content = (folder / file).read_bytes()
        assert facts == (len(content), hashlib.sha256(content).hexdigest())


def test_train_py_holds_out_the_validation_file_unless_told_otherwise(server, script, tmp_path):
    result = script("train.py", "pets", *TINY, "--steps", 3)
    assert result.returncode == 0, result.stderr
    assert f"text: 2 files, {len(CATS) - 40 + len(DOGS):,} symbols" in result.stderr
    assert f"{len(DOGS)} symbols held out" in result.stderr
    result = script("train.py", "pets", *TINY, "--steps", 3, "--val", 0.5)
    assert f"{(len(CATS) - 40 + len(DOGS)) // 2:,} symbols held out" in result.stderr
    assert (tmp_path / "runs" / "pets-lstm-2" / "last.pkl").exists()


def test_train_py_resumes_a_run_on_a_corpus_offline(server, script):
    assert script("train.py", "cats", *TINY, "--steps", 3, "--quiet", "--out", "r").returncode == 0
    server.files.clear()
    result = script("train.py", "--resume", "--out", "r", "--steps", 5, "--quiet")
    assert (result.returncode, result.stderr) == (0, "")
    result = script("sample.py", "r", "--score", "cats")
    assert result.returncode == 0, result.stderr


def test_train_py_refuses_a_text_that_cannot_be_downloaded_in_one_line(server, script, tmp_path):
    server.files.clear()
    assert_refused(script("train.py", "cats", *TINY), "cats could not be downloaded", "404", "by hand")
    assert not (tmp_path / "runs").exists()


def test_train_py_lists_the_texts(script):
    result = script("train.py", "--list-texts")
    assert result.returncode == 0 and result.stdout == listing() + "\n"
