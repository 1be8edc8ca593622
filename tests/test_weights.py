"""Pretrained weights are fetched once, checked each time, and a failure leaves one sentence and no file."""

import hashlib
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
import torch
from torchvision.models import Weights, WeightsEnum

from core.errors import BadInput
from core.weights import load_state

TENSORS = {"layer.weight": torch.arange(600.0)}


class Quiet(SimpleHTTPRequestHandler):
    """A file server that writes no log."""

    def log_message(self, *args):
        pass


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """Where torchvision keeps weights, still empty."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    return tmp_path / "torch" / "hub" / "checkpoints"


@pytest.fixture
def served(tmp_path):
    """The file of weights that the server hands out; its name ends with its hash."""
    torch.save(TENSORS, tmp_path / "tiny.pth")
    digest = hashlib.sha256((tmp_path / "tiny.pth").read_bytes()).hexdigest()
    (tmp_path / "served").mkdir()
    return (tmp_path / "tiny.pth").rename(tmp_path / "served" / f"tiny-{digest[:8]}.pth")


@pytest.fixture
def server(served, cache, monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=served.parent)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def weights(server, served):
    """An entry of torchvision's kind for the served file."""
    entry = Weights(f"http://127.0.0.1:{server.server_port}/{served.name}", transforms=None, meta={})
    return WeightsEnum("Tiny", {"FIRST": entry}).FIRST


def test_weights_are_fetched_with_their_names(weights):
    state = load_state(weights)
    assert list(state) == ["layer.weight"]
    assert torch.equal(state["layer.weight"], TENSORS["layer.weight"])


def test_weights_are_fetched_once(weights, served):
    load_state(weights)
    served.unlink()
    assert torch.equal(load_state(weights)["layer.weight"], TENSORS["layer.weight"])


def test_a_download_tells_nothing_on_stdout(weights, capsys):
    load_state(weights)
    told = capsys.readouterr()
    assert told.out == ""
    assert weights.url in told.err


def test_a_server_without_the_file_is_told_with_what_to_do(weights, served, cache):
    served.unlink()
    with pytest.raises(BadInput, match="404") as raised:
        load_state(weights)
    assert f"get {weights.url} by other means and put it into {cache}." in str(raised.value)


def test_without_a_network_nothing_is_left(weights, server, cache):
    server.shutdown()
    server.server_close()
    with pytest.raises(BadInput, match=r"tiny-.*\.pth could not be fetched"):
        load_state(weights)
    assert list(cache.iterdir()) == []


def test_a_download_of_other_bytes_is_refused_and_not_kept(weights, served, cache):
    served.write_bytes(served.read_bytes()[:500])
    with pytest.raises(BadInput, match="invalid hash value"):
        load_state(weights)
    assert list(cache.iterdir()) == []


@pytest.mark.parametrize("spoil", [lambda whole: whole[:500], lambda whole: b"", lambda whole: whole[:-1] + b"x"])
def test_a_kept_file_that_was_damaged_is_named(weights, cache, served, spoil):
    load_state(weights)
    (cache / served.name).write_bytes(spoil(served.read_bytes()))
    with pytest.raises(BadInput, match="is damaged: delete it and try again") as raised:
        load_state(weights)
    assert str(cache / served.name) in str(raised.value)


def test_a_folder_that_cannot_be_made_is_told(weights, cache):
    cache.parent.parent.write_bytes(b"a file where the folder should be")
    with pytest.raises(BadInput, match="could not be fetched"):
        load_state(weights)
