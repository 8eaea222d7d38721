"""Every sentence by which a result explains itself, in English and French, with the source of its rule."""

from DuOncoUnityLib.response.sentences.burden import BURDEN_RULES
from DuOncoUnityLib.response.sentences.irecist import IRECIST_RULES
from DuOncoUnityLib.response.sentences.recist import RECIST_RULES
from DuOncoUnityLib.response.sentences.roles import ROLE_RULES
from DuOncoUnityLib.response.sentences.rule import Rule

RULES: dict[str, Rule] = RECIST_RULES | ROLE_RULES | IRECIST_RULES | BURDEN_RULES

__all__ = ["RULES", "Rule"]
