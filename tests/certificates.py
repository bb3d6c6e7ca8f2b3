"""Certificates that nobody but their owner trusts."""

import subprocess
from pathlib import Path


def certificate_for(host: str, folder: Path) -> tuple[Path, Path]:
    """Make a certificate, and return its file and that of its key.

    Args:
        host: What it is for, as ``DNS:localhost`` or ``IP:127.0.0.1``.
        folder: Where the files come to be.
    """
    path, key = folder / "certificate.pem", folder / "key.pem"
    command = [
        *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
        *("-subj", "/CN=localhost", "-addext", f"subjectAltName={host}"),
        *("-keyout", str(key), "-out", str(path)),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    return path, key


__all__ = ["certificate_for"]
