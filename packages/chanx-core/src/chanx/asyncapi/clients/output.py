"""The folder of a client: what is written there, and whether it is what would be."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Final

from chanx.asyncapi.walk import is_object, object_of
from chanx.core.errors import ChanxError

MANIFEST: Final = "chanx-client.json"
"""The file that says of what a client is made, and with which files."""


class OutputError(ChanxError):
    """A folder cannot be written; the text says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Written:
    """What was done.

    Attributes:
        changed: The files that were written.
        removed: Those that were taken away: no file of the kind is generated any more.
        kept: How many were there already as they are.
    """

    changed: tuple[str, ...]
    removed: tuple[str, ...]
    kept: int


@dataclass(frozen=True, slots=True)
class Drift:
    """How a folder differs from what would be written.

    Attributes:
        missing: Files that are not there.
        different: Files that are another.
        superfluous: Files that were generated once, and would not be now.
    """

    missing: tuple[str, ...] = field(default=())
    different: tuple[str, ...] = field(default=())
    superfluous: tuple[str, ...] = field(default=())

    def __bool__(self) -> bool:
        return bool(self.missing or self.different or self.superfluous)


class ClientFolder:
    """The folder of a client. Nothing in it is its user's.

    Args:
        path: Where.
        files: What is to be in it, by path with slashes.
        made_of: What the manifest says of where that comes from.
    """

    def __init__(self, path: Path, files: Mapping[str, str], made_of: Mapping[str, Any]) -> None:
        self._path = path
        self._before = self._manifest_of(path)
        hashes = {name: _hash(files[name]) for name in sorted(files)}
        manifest = json.dumps({**made_of, "files": hashes}, indent=2, ensure_ascii=False) + "\n"
        self._files = {**files, MANIFEST: manifest}

    def drift(self) -> Drift:
        """Return how the folder differs from what would be written."""
        found = {name: self._read(name) for name in self._files}
        return Drift(
            missing=tuple(sorted(name for name, text in found.items() if text is None)),
            different=tuple(
                sorted(
                    name
                    for name, text in found.items()
                    if text is not None and text != self._files[name]
                )
            ),
            superfluous=tuple(self._superfluous()),
        )

    def write(self, *, force: bool) -> Written:
        """Write what is not there already.

        Args:
            force: Whether files that somebody changed are lost.

        Raises:
            OutputError: If somebody changed a file, or one cannot be written; nothing is then.
        """
        # All is looked at before anything is written: who edited one file keeps the whole folder.
        found = {name: self._read(name) for name in self._files}
        changed = [name for name, text in found.items() if text != self._files[name]]
        removed = self._superfluous()
        edited = [name for name in (*changed, *removed) if self._is_edited(name)]
        if edited and not force:
            names = ", ".join(str(self._path / name) for name in sorted(edited))
            raise OutputError(
                f"{names}: changed by hand, or not of this generator. Keep what is your own "
                "elsewhere, as in a subclass, and say --force to lose it."
            )
        try:
            for name in changed:
                place = self._path / name
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(self._files[name].encode())
            for name in removed:
                place = self._path / name
                place.unlink()
                # Other files in a folder, such as `__pycache__`, are not the generator's to remove.
                if place.parent != self._path and not any(place.parent.iterdir()):
                    place.parent.rmdir()
        except OSError as error:
            raise OutputError(f"{error.filename} cannot be written: {error.strerror}.") from error
        kept = len(self._files) - len(changed)
        return Written(tuple(sorted(changed)), tuple(removed), kept)

    def _superfluous(self) -> list[str]:
        return sorted(
            name
            for name in self._before
            if name not in self._files and (self._path / name).is_file()
        )

    def _is_edited(self, name: str) -> bool:
        text = self._read(name)
        # The manifest has no hash of itself, and nothing in it that its user could have put there.
        if text is None or name == MANIFEST:
            return False
        return self._before.get(name) != _hash(text)

    def _read(self, name: str) -> str | None:
        try:
            # A checkout may turn the ends of lines (git's core.autocrlf): that edits nothing.
            return (self._path / name).read_bytes().decode().replace("\r\n", "\n")
        except UnicodeDecodeError:
            return "\0"  # other than every text that is generated
        except OSError:
            return None

    def _manifest_of(self, path: Path) -> dict[str, str]:
        """Return the hashes of the files that were written before, by their paths."""
        try:
            said: Any = json.loads((path / MANIFEST).read_bytes())
        except (OSError, ValueError):
            return {}
        files = object_of(object_of(said).get("files")) if is_object(said) else {}
        return {name: str(value) for name, value in files.items() if _is_within(name)}


def _is_within(name: str) -> bool:
    """Return whether a path leads nowhere else: a manifest may be anybody's."""
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and bool(path.parts)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def document_hash(document: Mapping[str, Any]) -> str:
    """Return the hash of what a document says, whatever the order of its keys.

    Args:
        document: The document.
    """
    return _hash(json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":")))


__all__ = ["MANIFEST", "ClientFolder", "Drift", "OutputError", "Written", "document_hash"]
