"""What is tried out of a server, and by what its tests name it."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from chanx.cli import references
from chanx.cli.applications import application_of, describe
from chanx.cli.parsing import parse_document
from chanx.cli.targets import import_target, is_factory
from chanx.core.errors import ConfigurationError
from chanx.testing.conformance.cases import PHASES, Case, Phase, cases_of
from chanx.testing.conformance.chance import new_seed
from chanx.testing.conformance.described import Described
from chanx.testing.conformance.frames import Frames
from chanx.testing.conformance.hooks import Hooks
from chanx.testing.conformance.hosts import Host, InProcess
from chanx.testing.conformance.pasting import Target
from chanx.testing.conformance.scripts import written
from chanx.testing.conformance.subject import Subject, ref_path, subjects_of
from chanx.testing.conformance.trial import Settings, Trial

if TYPE_CHECKING:
    from chanx.testing.conformance.network import Barrier


class Plan:
    """Holds a server against its document, case by case.

    Args:
        application: The ASGI application, or ``module:app``; None for one elsewhere, at ``url``.
        document: The document, a file, ``git:REF:PATH`` or ``module:app``; None for the
            application's own.
        url: Where the server is, such as ``ws://127.0.0.1:8000``; None for one in this process.
        channels: The keys of the channels that are tried out; none for all.
        phases: The phases.
        is_strict: Whether a server may not take what its document calls invalid.
        seed: What decides where chance does; None for another one each time, and for always the
            same where ``CI`` is set in the environment.
        count: How many frames chance makes for each operation; a third as many conversations.
        shrink_seconds: How long a failure may be made smaller; 0 for not at all.
        is_remote: Whether the server may be on another machine.

    Raises:
        ConfigurationError: If there is nothing to hold against anything.
        CommandError: If what is named cannot be read or imported.

    Example:
        >>> from chanx.core.decorators import ws_handler
        >>> from chanx.core.websocket import AsyncJsonWebsocketConsumer
        >>> from chanx.messages import PingMessage, PongMessage
        >>> class Echo(AsyncJsonWebsocketConsumer):
        ...     @ws_handler
        ...     async def ping(self, message: PingMessage) -> PongMessage:
        ...         return PongMessage()
        >>> plan = Plan(Echo.as_asgi(), phases=["examples"])
        >>> for case in plan.cases:
        ...     print(case.id, plan.run(case))
        echo-ping-examples []
    """

    def __init__(
        self,
        application: Any = None,
        *,
        document: Mapping[str, Any] | str | None = None,
        url: str | None = None,
        channels: Sequence[str] = (),
        phases: Sequence[Phase] = PHASES,
        is_strict: bool = False,
        seed: int | None = None,
        count: int = 50,
        shrink_seconds: float = 10,
        is_remote: bool = False,
    ) -> None:
        if application is None and url is None:
            raise ConfigurationError(
                "There is no server: give an application, or the url of a running one."
            )
        self._name = application if isinstance(application, str) else ""
        self._document_name = document if isinstance(document, str) else self._name
        self._application: Any = application_of(self._name) if self._name else application
        self._url = url
        self._is_remote = is_remote
        self.document: Mapping[str, Any] = _read(document, self._application, url)
        self._channels = channels
        self._phases = phases
        self.settings: Settings = Settings(
            is_strict, new_seed() if seed is None else seed, count, shrink_seconds
        )

    @cached_property
    def subjects(self) -> tuple[Subject, ...]:
        """The connections that are tried out."""
        found = tuple(subjects_of(self.document))
        known = {key for subject in found for key in subject.channel.keys}
        if missing := sorted({*self._channels} - known):
            raise ConfigurationError(
                f"The document has no channel {missing[0]!r}: it has {', '.join(sorted(known))}."
            )
        return tuple(
            subject
            for subject in found
            if not self._channels or {*subject.channel.keys} & {*self._channels}
        )

    @cached_property
    def cases(self) -> tuple[Case, ...]:
        """What is tried out, each for itself."""
        return tuple(cases_of(self.subjects, self._phases))

    def run(self, case: Case, hooks: Hooks | None = None) -> list[str]:
        """Try a case out.

        Args:
            case: One of the cases.
            hooks: What the project adds; None for nothing.

        Returns:
            What is not a failure, and yet to be told.

        Raises:
            ConformanceError: If the server does not do what its document says.
            ConfigurationError: If the server lets nobody in, or something is not installed.
        """
        [subject] = [item for item in self.subjects if item.name == case.channel]
        trial = Trial(
            case, subject, self._host(subject), hooks or Hooks(), self.settings, self._target
        )
        trial.run()
        return trial.notes

    def _host(self, subject: Subject) -> Host:
        if self._url is None:
            return InProcess(self._application)
        try:
            from chanx.testing.conformance.network import Network
        except ModuleNotFoundError as error:
            raise ConfigurationError(
                'A server elsewhere needs websockets: pip install "chanx-testing[conformance]".'
            ) from error
        return Network(self._url, is_remote=self._is_remote, barrier=_barrier_of(subject))

    @property
    def _target(self) -> Target:
        document = f"conformance.load_document({self._document_name!r})"
        if self._url is not None:
            module = "chanx.testing.conformance.network"
            client = f"NetworkClient({self._url!r}, "
            return Target(client, document, module=module, is_secret=True)
        if not self._name:
            note = ["", "# app is the application, as the suite has it."]
            return Target("FrameClient(app, ", "conformance.load_document(app)", note)
        module, _, attribute = self._name.partition(":")
        app = f"{attribute}()" if is_factory(import_target(self._name)) else attribute
        imported = [f"from {module} import {attribute.partition('.')[0]}"]
        return Target(f"FrameClient({app}, ", document, imported)


def _barrier_of(subject: Subject) -> "Barrier | None":
    """Return what shows that frames are handled: the heartbeat, if it has a ``ref``."""
    from chanx.testing.conformance.network import Barrier

    beat = subject.heartbeat
    if beat is None or not any(map(ref_path, beat.messages)):
        return None
    frames, described = Frames(subject), Described(subject)
    message = beat.messages[0]
    usual = frames.one(beat)

    def frame(ref: str) -> str:
        return str(written(frames.with_ref(message, usual, ref)))

    return Barrier(frame, described.ref)


def load_document(document: Any) -> dict[str, Any]:
    """Return the document of an application, or the one that is named.

    Args:
        document: An application; or a file, ``git:REF:PATH`` or ``module:app``.

    Raises:
        CommandError: If there is no such document.
    """
    if isinstance(document, str):
        return references.load_document(document)
    return parse_document("the document.json", describe(document, {}).json)


def _read(
    document: Mapping[str, Any] | str | None, application: Any, url: str | None
) -> Mapping[str, Any]:
    if document is None and application is None:
        raise ConfigurationError(f"There is no document of {url}: name one.")
    if document is None:
        return load_document(application)
    return load_document(document) if isinstance(document, str) else document


__all__ = ["Plan", "load_document"]
