"""Results set by a person, in the place of those computed."""

from __future__ import annotations

from enum import Enum

from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityLib.records.decisions import ResultDecision, ResultItem
from DuOncoUnityLib.response.explain import Explained, Number
from DuOncoUnityLib.response.irecist import ImmuneResponse
from DuOncoUnityLib.response.recist import Response

_IMMUNE_ITEMS = (ResultItem.IRECIST, ResultItem.IRECIST_BEST)


def overruling(decision: ResultDecision) -> Explained:
    """The result with its author, time and reason. Raises `DuOncoError` for a value that does not exist."""
    allowed: type[Enum] = ImmuneResponse if decision.item in _IMMUNE_ITEMS else Response
    if decision.value not in {response.value for response in allowed}:
        raise DuOncoError(f'"{decision.value}" is not a response.', details=decision.item.value)
    signature = decision.signature
    numbers: dict[str, Number] = {"by": signature.by or "?", "at": signature.at, "reason": signature.reason or "-"}
    return Explained(decision.value, "overruled", numbers)
