"""TLS for syslog (RFC 5425): the server's certificate and name are verified, always."""

from __future__ import annotations

import ssl
from pathlib import Path

from detector.errors import UsageError
from detector.sinks.url import SinkUrl

_EXPIRED, _NOT_YET, _WRONG_NAME, _WRONG_ADDRESS, _REVOKED = 10, 9, 62, 64, 23
"""OpenSSL's X509_V_ERR_* numbers (x509_vfy.h)."""
_UNKNOWN_ISSUER = frozenset({2, 18, 19, 20, 21})


def client_context(url: SinkUrl) -> ssl.SSLContext:
    """Make the context that `url` asks for. Raises UsageError that names the file and a remedy."""
    try:
        context = ssl.create_default_context(cafile=url.ca)
    except OSError as error:  # ssl.SSLError is one
        raise UsageError(_unusable(url, "ca", url.ca, error)) from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if url.cert is not None and url.key is not None:
        for option, file in (("cert", url.cert), ("key", url.key)):
            try:
                Path(file).read_bytes()
            except OSError as error:
                raise UsageError(_unusable(url, option, file, error)) from None
        try:
            context.load_cert_chain(url.cert, url.key, password=_no_password)
        except _EncryptedKeyError:
            raise UsageError(
                f"{url.label}: key={url.key} has a passphrase, and nobody is there to type it:"
                " store the key without one, readable by root alone"
            ) from None
        except ssl.SSLError as error:
            raise UsageError(_unusable(url, "cert and key", url.cert, error)) from None
    return context


def verification_reason(error: ssl.SSLError, name: str) -> str:
    """Say why a handshake failed, and what to do."""
    if not isinstance(error, ssl.SSLCertVerificationError):
        told = (error.reason or str(error)).replace("_", " ").lower()
        return f"TLS: {told}"
    code = error.verify_code
    if code in _UNKNOWN_ISSUER:
        return (
            "TLS: the server's certificate is signed by nobody that is trusted here: give the CA"
            " that signed it by ?ca=FILE"
        )
    return _SAID.get(code, "TLS: the server's certificate is refused: {why}").format(
        name=name, why=error.verify_message
    )


_SAID = {
    _EXPIRED: "TLS: the server's certificate has expired: renew it there",
    _NOT_YET: "TLS: the server's certificate is not valid yet: compare the two clocks",
    _WRONG_NAME: "TLS: the server's certificate is not for {name}: use the name that it is for,"
    " or give that by ?name=",
    _WRONG_ADDRESS: "TLS: the server's certificate is not for the address {name}: use the name that"
    " it is for, or give that by ?name=",
    _REVOKED: "TLS: the server's certificate was revoked",
}


class _EncryptedKeyError(Exception):
    """A key that wants a passphrase."""


def _no_password() -> str:
    raise _EncryptedKeyError


def _unusable(url: SinkUrl, option: str, file: str | None, error: OSError) -> str:
    if isinstance(error, ssl.SSLError):
        why = "is not PEM, or the key is not the certificate's"
    else:
        why = error.strerror or str(error)
    return (
        f"{url.label}: {option}={file} cannot be used: {why}: give a PEM file that toctrace reads"
    )
