"""How a CT was made, as far as DICOM says it."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from DuOncoUnityLib.ct.dicom_header import Frame, number_of, text
from DuOncoUnityLib.records.model import Acquisition

NON_CONTRAST, ARTERIAL, PORTAL_VENOUS, DELAYED, CONTRAST = (
    "non-contrast", "arterial", "portal venous", "delayed", "contrast-enhanced")

# words of series descriptions in English and French, without accents
_NON_CONTRAST_WORDS = re.compile(
    r"\b(sans|without|wo|w/o|non?)[ _-]*(injection|inj\w*|iv\w*|ic|pdc|pc|produit|contraste?\w*|enhanced)\b"
    r"|\bunenhanced\b|\bnoncontrast\b|\bnati[fv]e?\b|\bspontane\w*|\b(c|iv)-(?!\w)|\bsans c\b")
_PHASE_WORDS = {
    ARTERIAL: re.compile(r"\bart(eri\w*)?\b"),
    PORTAL_VENOUS: re.compile(r"\bport(al\w*|e|o\w*)?\b|\bvein\w*|\bvenous\b|\bven\b|\b[789]0 ?s(ec)?\b"),
    DELAYED: re.compile(r"\btardi\w*|\bdelay\w*|\blate\b|\bexcret\w*|\bequilib\w*"),
}
_CONTRAST_WORDS = re.compile(r"\b(avec|with)[ _]?(injection|iv|contrast\w*|pdc)\b|\binjecte\w*|\b(iv|c)\+|\+c\b")
_SHARP_WORDS = re.compile(r"lung|poumon|pulm|bone|edge|detail|sharp|\bos\b|parench")


def acquisition_of(frame: Frame) -> Acquisition:
    """What is kept for later of a series, taken from one of its images.

    The date is the study date, the one on the report; height and weight are dropped where impossible.
    """
    header = frame.header
    height = number_of(header, "PatientSize")
    if height is not None and 50 <= height <= 250:  # written in centimetres against the standard
        height /= 100
    weight = number_of(header, "PatientWeight")
    sex = text(header, "PatientSex").upper()
    return Acquisition(
        date=scan_date(frame),
        slice_thickness_mm=frame.thickness_mm or None,
        kernel=frame.kernel or None,
        contrast_phase=contrast_phase(frame),
        patient_height_m=height if height is not None and 0.5 <= height <= 2.5 else None,
        patient_weight_kg=weight if weight is not None and 2 <= weight <= 500 else None,
        patient_sex=sex if sex in ("M", "F", "O") else None)


def scan_date(frame: Frame) -> str | None:
    """ISO date of the study, else of the acquisition or series; None where none is valid."""
    for keyword in ("StudyDate", "AcquisitionDate", "AcquisitionDateTime", "SeriesDate"):
        digits = text(frame.header, keyword).replace(".", "").replace("-", "")[:8]
        if re.fullmatch(r"\d{8}", digits):
            try:
                return date(int(digits[:4]), int(digits[4:6]), int(digits[6:])).isoformat()
            except ValueError:
                continue
    return None


def contrast_phase(frame: Frame) -> str | None:
    """"non-contrast", "arterial", "portal venous", "delayed", "contrast-enhanced" (phase unknown), or None.

    The series description decides; a contrast agent given into a vein tells at least that there is contrast.
    """
    phase = phase_in_words(text(frame.header, "SeriesDescription"))
    if phase is not None:
        return phase
    agent = _fold(text(frame.header, "ContrastBolusAgent"))
    route = _fold(text(frame.header, "ContrastBolusRoute"))
    if not agent or re.search(r"\b(none|no|non|aucun|without|sans|oral)\b", agent) or re.search("oral|rectal", route):
        return None
    return CONTRAST


def phase_in_words(description: str) -> str | None:
    """The contrast phase that a series description names, in English or French."""
    words = _fold(description)
    if _NON_CONTRAST_WORDS.search(words):
        return NON_CONTRAST
    phases = [phase for phase, pattern in _PHASE_WORDS.items() if pattern.search(words)]
    if len(phases) == 1:
        return phases[0]
    if phases or _CONTRAST_WORDS.search(words):
        return CONTRAST
    return None


def has_sharp_kernel(frame: Frame) -> bool:
    """Whether the reconstruction is made for lung or bone: too noisy for soft tissue.

    Siemens numbers its kernels by sharpness (B30f, Br59), Canon as FC01 to FC86, GE names them, Philips uses letters.
    The series description is asked only where no kernel is given.
    """
    kernel = _fold(frame.kernel)
    if _SHARP_WORDS.search(kernel or _fold(text(frame.header, "SeriesDescription"))):
        return True
    siemens = re.match(r"[a-z]{1,2}(\d{2})[a-z]?\b", kernel)
    if kernel.startswith("fc"):
        return bool(siemens and int(siemens[1]) >= 30)
    return bool(siemens and int(siemens[1]) >= 50) or kernel in ("d", "e", "l", "yc", "yd", "ye")


def _fold(words: str) -> str:
    """Lower case without accents; underscores become spaces so that words have borders."""
    plain = unicodedata.normalize("NFKD", words.replace("_", " ")).encode("ascii", "ignore").decode()
    return plain.lower()
