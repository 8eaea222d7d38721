"""What a person did to a result, step by step, so that the latest step can be taken back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from DuOncoUnityLib.lesions.components import Box, LabelArray
from DuOncoUnityLib.lesions.instances import InstanceMap
from DuOncoUnityLib.scene.tissue import TissuePatch

_MOST_STEPS = 200
_MOST_BYTES = 300_000_000
_CONTINUED = {"threshold"}


@dataclass(frozen=True, eq=False)
class MaskPatch:
    """A piece of the lesion layers (KJI, values of `Layer.label`) as it was before a step, and where it lies."""

    box: Box
    labels: LabelArray

    def fits(self, labels: LabelArray) -> bool:
        """Whether the label map of the whole scan has this content in the box."""
        return np.array_equal(labels[self.box], self.labels)


@dataclass(frozen=True, eq=False)
class Step:
    """One thing that a person did.

    Attributes:
        what: short key of the action ("confirm", "edit").
        before, after: text of the record.
        patches: the masks before, as far as they changed; where they overlap, the last one holds.
        instances: the lesions of the masks before; None where no mask changed.
        tissue: muscle and fat before, where they changed; of a step that others joined, the latest part first.
    """

    what: str
    before: str
    after: str
    patches: Sequence[MaskPatch] = ()
    instances: InstanceMap | None = None
    tissue: Sequence[Sequence[TissuePatch]] = ()

    @property
    def size_bytes(self) -> int:
        """Memory that keeping it takes, without small things."""
        return (len(self.before) + sum(patch.labels.nbytes for patch in self.patches)
                + sum(patch.mask.nbytes for part in self.tissue for patch in part))

    def restores(self, former: LabelArray, labels: LabelArray) -> bool:
        """Whether label maps (KJI) before and after an edit differ exactly by taking back this step."""
        if not self.patches or not all(patch.fits(labels) for patch in self.patches):
            return False
        expected = former.copy()
        for patch in self.patches:
            expected[patch.box] = patch.labels
        return np.array_equal(expected, labels)


class History:
    """The steps of one result since it was opened; the oldest are forgotten when there are many or they are large.

    Args:
        changed: called after a step came or went.
    """

    def __init__(self, changed: Callable[[], None] = lambda: None) -> None:
        self._steps: list[Step] = []
        self._changed = changed

    @property
    def latest(self) -> Step | None:
        """The step that would be taken back next."""
        return self._steps[-1] if self._steps else None

    def __len__(self) -> int:
        return len(self._steps)

    def add(self, step: Step) -> None:
        """Remember a step that was just done; one that goes on with the latest one, as moving a slider, joins it."""
        latest = self.latest
        if latest is not None and step.what == latest.what and step.what in _CONTINUED and latest.after == step.before:
            self._steps[-1] = replace(latest, after=step.after, patches=[*step.patches, *latest.patches],
                                      instances=latest.instances or step.instances,
                                      tissue=[*step.tissue, *latest.tissue])
        else:
            self._steps.append(step)
        while len(self._steps) > 1 and (len(self._steps) > _MOST_STEPS
                                        or sum(one.size_bytes for one in self._steps) > _MOST_BYTES):
            del self._steps[0]
        self._changed()

    def follow(self, before: str, after: str) -> None:
        """The program brought the record up to date after the latest step; nobody takes that back by itself."""
        if self._steps and self._steps[-1].after == before:
            self._steps[-1] = replace(self._steps[-1], after=after)

    def forget_latest(self) -> None:
        """The latest step was taken back."""
        del self._steps[-1]
        self._changed()

    def clear(self) -> None:
        """Forget all steps."""
        self._steps.clear()
        self._changed()
