"""Certificates made by openssl: good ones, and each way to be wrong."""

from __future__ import annotations

import subprocess
from pathlib import Path

_DAYS = {"expired": ("20200101000000Z", "20200201000000Z")}
_NAMES = {
    "server": "DNS:localhost,IP:127.0.0.1",
    "wrong-name": "DNS:elsewhere.example",
    "expired": "DNS:localhost,IP:127.0.0.1",
    "client": "DNS:client.example",
}


def make_certificates(folder: Path) -> None:
    """Write `ca.pem`, `other-ca.pem`, and a certificate and key for each of the names."""
    for authority in ("ca", "other-ca"):
        _openssl(
            *("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"),
            *("-keyout", folder / f"{authority}.key", "-out", folder / f"{authority}.pem"),
            *("-days", "2", "-subj", f"/CN={authority}"),
        )
    database = folder / "database"
    for name, names in _NAMES.items():
        config = folder / f"{name}.cnf"
        config.write_text(
            "[ca]\ndefault_ca = here\n[here]\n"
            f"database = {database}\nnew_certs_dir = {folder}\nrand_serial = yes\n"
            "default_md = sha256\npolicy = any\nx509_extensions = extensions\n"
            "unique_subject = no\n[any]\ncommonName = supplied\n"
            f"[extensions]\nsubjectAltName = {names}\n"
        )
        database.write_text("")
        _openssl(
            *("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"),
            *("-keyout", folder / f"{name}.key", "-out", folder / f"{name}.csr"),
            *("-subj", f"/CN={names.split(',')[0].removeprefix('DNS:')}"),
        )
        dates = _DAYS.get(name)
        _openssl(
            *("ca", "-batch", "-config", config, "-in", folder / f"{name}.csr"),
            *("-cert", folder / "ca.pem", "-keyfile", folder / "ca.key", "-notext"),
            *("-out", folder / f"{name}.pem"),
            *(("-startdate", dates[0], "-enddate", dates[1]) if dates else ("-days", "2")),
        )


def _openssl(*arguments: str | Path) -> None:
    done = subprocess.run(["openssl", *arguments], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
