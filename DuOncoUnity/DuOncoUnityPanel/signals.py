"""How the parts of the panel hear of each other, without Qt."""

from __future__ import annotations

from collections.abc import Callable


class Signal:
    """Something that happens, and those who want to know."""

    def __init__(self) -> None:
        self._receivers: list[Callable[..., object]] = []

    def connect(self, receiver: Callable[..., object]) -> None:
        """Call `receiver` with the arguments of every `emit` from now on."""
        self._receivers.append(receiver)

    def emit(self, *arguments: object) -> None:
        """Tell all receivers, in the order in which they connected."""
        for receiver in list(self._receivers):
            receiver(*arguments)
