"""Larger sets: declared here, fetched once on the reader's machine, verified by hash, never committed."""

from __future__ import annotations

import csv
import os
from dataclasses import dataclass
from pathlib import Path

import pooch

__all__ = ["REGISTRY", "DataUnavailable", "Remote", "fetch"]


class DataUnavailable(RuntimeError):
    """The file is not at hand and could not be fetched; the message says how to get it."""


@dataclass(frozen=True)
class Remote:
    """A file that somebody else publishes."""

    url: str
    sha256: str
    licence: str
    what: str


_TAU = "https://raw.githubusercontent.com/ejcorn/tau-spread/eda26928b726370ffad8ba57772e85f84e547bc0/data/"
_MICE = "tau pathology in mice (Henderson et al. 2021, doi:10.1126/sciadv.abg6677)"
_MITDB = "https://physionet.org/files/mitdb/1.0.0/"
_MIT_BIH = "MIT-BIH arrhythmia database, record 100 (Moody and Mark 2001, doi:10.1109/51.932724)"

_PETAB = "https://raw.githubusercontent.com/Benchmarking-Initiative/Benchmark-Models-PEtab/4d2085084b289f6215a95475b1ee639fd7d42283/Benchmark-Models/"
_HASS = "a problem of parameter estimation (Hass et al. 2019, doi:10.1093/bioinformatics/btz020)"


def _petab():
    """Files of PEtab problems, ``petab/PROBLEM/FILE``."""
    lines = Path(__file__).with_name("petab_files.csv").read_text(encoding="utf-8").splitlines()
    rows = csv.DictReader(line for line in lines if not line.startswith("#"))
    return {
        f"petab/{r['problem']}/{r['file']}": Remote(
            f"{_PETAB}{r['problem']}/{r['file']}", r["sha256"], "BSD-3-Clause", f"{_HASS}, {r['file']}"
        )
        for r in rows
    }


REGISTRY: dict[str, Remote] = (
    {
        f"100.{ending}": Remote(_MITDB + f"100.{ending}", sha256, "ODC-BY-1.0", f"{_MIT_BIH}, {part}")
        for ending, part, sha256 in [
            ("hea", "header", "95fbdda0454fffae1a2dab1a5ac53e924ae97691c028cdd3ee82f2446b73c066"),
            ("dat", "two leads, 30 minutes", "b2ea3c250e56e48f4b7b90697832b8ecd1afa1e0bb31f2dcfea4ed6e1075a639"),
            ("atr", "beat annotations", "8d8a5349fb16638ebbf649f1779d12e96d91b736b2aafe59db43719ae583d471"),
        ]
    }
    | {
        "hERG_sine_wave_16713110.mat": Remote(
            "https://raw.githubusercontent.com/mirams/sine-wave/725136656f8309371effa9f9d46a2c09c1917369/ExperimentalData/"
            "sine_wave/sine_wave_16713110_dofetilide_subtracted_leak_subtracted.mat",
            "53d7592584ae53eb8128a2adbeafc3aee334a32c50e86573cc2f958e8669f758",
            "BSD-3-Clause",
            "hERG current in one cell, 80,000 samples (Beattie et al. 2018, doi:10.1113/JP275733)",
        )
    }
    | {
        f"tau_{table}.csv": Remote(_TAU + f"{table}.csv", sha256, "MIT", f"{_MICE}, {part}")
        for table, part, sha256 in [
            ("PathData", "each mouse and region", "ec93f1a1e24f1a910a2b00d4a5fdaf176b97e85f150dcf17d9f165b97e8aaacf"),
            (
                "Connectome_Ipsi",
                "projections, same side",
                "f098e6143b1ad070059435af69cfc1486db425a8ebfa30047c552a6eb9963085",
            ),
            (
                "Connectome_Contra",
                "projections, other side",
                "ed8a4bbe72d72476f76a28569d2dbc7cb930393746ff453080f84ef240a9014b",
            ),
            ("CNDRtoABA", "parts of each region", "eb0687daed348f5f98f2e593b2ea3a7ae28154e56ec6c97d714ba1984b432e53"),
        ]
    }
    | _petab()
)


def _folder() -> Path | None:
    """The folder that ``MMLIB_DATA`` names, if it names one."""
    named = os.environ.get("MMLIB_DATA")
    if not named:
        return None
    folder = Path(named).expanduser()
    if not folder.is_dir():
        raise DataUnavailable(
            f"expected MMLIB_DATA as the folder that holds the data; got {named!r}, which is {'a file' if folder.exists() else 'not there'}. "
            "Set it to a folder with registered files, or leave it out to fetch them."
        )
    return folder


def fetch(name: str) -> Path:
    """Path of a registered file, verified: from the folder that ``MMLIB_DATA`` names, from the cache, or from its address.

    Raises
    ------
    ValueError : the name is not in the registry, or a file in ``MMLIB_DATA`` is not the registered one.
    DataUnavailable : there is no network, or what the address gives is not the registered file; or ``MMLIB_DATA`` names no folder, or
        one without any registered file, which is said before anything is fetched.
    """
    if not isinstance(name, str) or name not in REGISTRY:
        listed = sorted({n if n.count("/") < 2 else n.rpartition("/")[0] + "/…" for n in REGISTRY})
        raise ValueError(
            f"no data file {name!r} in the registry; there are {', '.join(listed)}. Expected one of them; got {name!r}."
        )
    remote = REGISTRY[name]
    folder = _folder()
    local = folder / name if folder else None
    kept = pooch.os_cache("mmlib") / name
    if local is not None and local.is_file():
        got = pooch.file_hash(str(local), alg="sha256")
        if got != remote.sha256:
            raise ValueError(
                f"{local}: expected SHA-256 {remote.sha256}, got {got}. "
                f"The file is damaged or another version: delete it, and fetch it from {remote.url}."
            )
        return local
    if folder and not kept.is_file() and not any((folder / other).is_file() for other in REGISTRY):
        raise DataUnavailable(
            f"{name} ({remote.what}) is not in {folder}, the folder that MMLIB_DATA names, and neither is any other registered file. "
            f"Connect once, or download {remote.url} into a folder and set MMLIB_DATA to that folder; leave MMLIB_DATA out to fetch it."
        )
    logger = pooch.get_logger()
    level = logger.level
    logger.setLevel("WARNING")  # its progress goes to standard error, which a chapter keeps clean
    try:
        return Path(
            pooch.retrieve(
                remote.url,
                known_hash=f"sha256:{remote.sha256}",
                fname=kept.name,
                path=kept.parent,
            )
        )
    except ValueError as error:
        raise DataUnavailable(
            f"{name}: {remote.url} gives another file than the registered one (SHA-256 {remote.sha256}). "
            "It may have moved: look at the address, and report it if it stays so."
        ) from error
    except OSError as error:
        raise DataUnavailable(
            f"{name} ({remote.what}) is not on this machine{f' (nor in {folder})' if folder else ''} and could not be fetched: {error}. Connect once, or download "
            f"{remote.url} into a folder and set MMLIB_DATA to that folder."
        ) from error
    finally:
        logger.setLevel(level)
