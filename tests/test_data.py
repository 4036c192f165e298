"""Measurements: tables that are what they say, and fetched files that are verified."""

import hashlib
import http.server
import os
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import scipy.io

from mmlib import data
from mmlib.data import remote


def test_hare_lynx_is_the_record():
    """Known of this record: peaks of the hares in 1903 and 1913, of the lynx a year or two later."""
    year, hare, lynx = data.hare_lynx()
    assert year.tolist() == list(range(1900, 1921))
    peaks = [int(y) for y, a, b, c in zip(year[1:], hare, hare[1:], hare[2:], strict=False) if b > a and b > c]
    assert peaks == [1903, 1913]
    assert [int(year[lynx.argmax()]), int(year[11 + lynx[11:].argmax()])] == [1904, 1915]
    # the standard deviations by which Fasel et al. (2022, doi:10.1098/rspa.2021.0904) scale the record
    assert hare.std(ddof=1) == pytest.approx(21.414, abs=1e-3)
    assert lynx.std(ddof=1) == pytest.approx(16.656, abs=1e-3)


def test_unknown_table():
    with pytest.raises(ValueError, match="no table 'wolves': expected one of .*hare_lynx"):
        data.read_table("wolves")


@pytest.fixture
def server(tmp_path):
    """A server on this machine in place of the publisher's."""
    (tmp_path / "www").mkdir()
    (tmp_path / "www/x.bin").write_bytes(b"measured")

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args):
            super().__init__(*args, directory=tmp_path / "www")

        def log_message(self, *args):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as found:
        threading.Thread(target=found.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{found.server_port}/x.bin"
        found.shutdown()


@pytest.fixture
def registered(monkeypatch, tmp_path):
    """Register one file, and keep the cache out of the reader's home."""
    monkeypatch.setattr(remote.pooch, "os_cache", lambda name: tmp_path / "cache")
    monkeypatch.delenv("MMLIB_DATA", raising=False)

    def register(url, content=b"measured"):
        entry = remote.Remote(url, hashlib.sha256(content).hexdigest(), "CC0-1.0", "a file of eight bytes")
        monkeypatch.setitem(remote.REGISTRY, "x.bin", entry)

    return register


def test_fetched_once_and_verified(server, registered, tmp_path):
    registered(server)
    assert remote.fetch("x.bin").read_bytes() == b"measured"
    (tmp_path / "www/x.bin").unlink()
    assert remote.fetch("x.bin").read_bytes() == b"measured", "the second time it is there"


def test_wrong_hash_from_the_address(server, registered):
    registered(server, b"something else")
    with pytest.raises(remote.DataUnavailable, match="another file than the registered one"):
        remote.fetch("x.bin")


def test_no_network(registered):
    registered("http://127.0.0.1:9/x.bin")
    with pytest.raises(remote.DataUnavailable, match="set MMLIB_DATA to that folder"):
        remote.fetch("x.bin")


def test_folder_of_the_reader(registered, tmp_path, monkeypatch):
    registered("http://127.0.0.1:9/x.bin")
    monkeypatch.setenv("MMLIB_DATA", str(tmp_path))
    (tmp_path / "x.bin").write_bytes(b"measured")
    assert remote.fetch("x.bin") == tmp_path / "x.bin"
    (tmp_path / "x.bin").write_bytes(b"broken")
    with pytest.raises(ValueError, match="expected SHA-256 .* got .*delete it"):
        remote.fetch("x.bin")


@pytest.mark.parametrize("named", ["nowhere", "a file", "empty", "others"])
def test_a_folder_without_the_data_is_said_before_anything_is_fetched(registered, server, tmp_path, monkeypatch, named):
    registered(server)
    (tmp_path / "a file").touch()
    for folder in ("empty", "others"):
        (tmp_path / folder).mkdir()
    (tmp_path / "others" / "100.dat").touch()  # a folder with other registered files: this one is fetched
    monkeypatch.setenv("MMLIB_DATA", str(tmp_path / named))
    if named == "others":
        assert remote.fetch("x.bin").read_bytes() == b"measured"
        return
    with pytest.raises(remote.DataUnavailable, match=rf"(?s)MMLIB_DATA.*{named}|{named}.*MMLIB_DATA"):
        remote.fetch("x.bin")
    assert not (tmp_path / "cache").exists()
    monkeypatch.setenv("MMLIB_DATA", str(tmp_path / "empty"))
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache/x.bin").write_bytes(b"measured")
    assert remote.fetch("x.bin") == tmp_path / "cache/x.bin"  # fetched before


def test_unknown_file():
    with pytest.raises(ValueError, match="no data file 'y.bin' in the registry; there are 100.atr"):
        remote.fetch("y.bin")


def test_every_entry_is_complete():
    for name, entry in remote.REGISTRY.items():
        assert entry.url.startswith("https://") and Path(entry.url).suffix == Path(name).suffix
        assert len(entry.sha256) == 64 and entry.licence and entry.what


def test_tables_read_are_remembered():
    data.used.clear()
    data.hare_lynx()
    assert [p.name for p in data.used] == ["hare_lynx.csv"]
    assert np.all(data.hare_lynx().hare > 0)


def test_whole_recording_is_read_if_it_is_the_registered_one(registered, monkeypatch, tmp_path):
    """A file of the same form in place of the fetched one: refused by its hash, read whole where its hash is the registered one."""
    monkeypatch.setenv("MMLIB_DATA", str(tmp_path))
    excerpt = data.herg_sine_wave()
    samples = np.interp(0.1 * np.arange(80_000), excerpt.t, excerpt.current)
    scipy.io.savemat(tmp_path / "hERG_sine_wave_16713110.mat", {"T": samples[:, None]})
    with pytest.raises(ValueError, match="expected SHA-256 53d75"):
        data.herg_sine_wave(whole=True)
    content = (tmp_path / "hERG_sine_wave_16713110.mat").read_bytes()
    entry = remote.REGISTRY["hERG_sine_wave_16713110.mat"]
    same = replace(entry, sha256=hashlib.sha256(content).hexdigest())
    monkeypatch.setitem(remote.REGISTRY, "hERG_sine_wave_16713110.mat", same)
    recording = data.herg_sine_wave(whole=True)
    assert recording.t.shape == recording.current.shape == (80_000,)
    np.testing.assert_array_equal(recording.current, samples)
    assert recording.t[[0, 1, -1]] == pytest.approx([0.0, 0.1, 7999.9])  # 10 kHz, eight seconds


@pytest.mark.skipif("MMLIB_DATA" not in os.environ, reason="needs the published file in the folder MMLIB_DATA")
def test_excerpt_is_the_mean_of_the_whole():
    whole = data.herg_sine_wave(whole=True)
    excerpt = data.herg_sine_wave()
    near = abs(whole.t[None] - excerpt.t[:, None]) < 0.5
    means = np.array([whole.current[k].mean() for k in near])
    assert abs(means - excerpt.current).max() < 6e-5
