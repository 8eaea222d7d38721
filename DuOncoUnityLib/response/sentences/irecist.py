"""Sentences of iRECIST."""

from __future__ import annotations

from DuOncoUnityLib.response.sentences.rule import Rule

SEYMOUR = "iRECIST, Seymour, Lancet Oncol 2017;18:e143"
SEYMOUR_BEST = "iRECIST, Seymour, Lancet Oncol 2017;18:e143, table 3"

IRECIST_RULES: dict[str, Rule] = {
    "irecist_base": Rule(
        "No progression waits for confirmation: {value} as by targets and non-targets.",
        "Aucune progression en attente de confirmation : {value} selon cibles et non-cibles.", SEYMOUR),
    "irecist_reset": Rule(
        "The progression seen before was not confirmed; {value} is met and the bar is reset.",
        "La progression vue auparavant n'est pas confirmée ; {value} est atteinte et le seuil est "
        "réinitialisé.", SEYMOUR),
    "irecist_ne": Rule(
        "Not evaluable; the progression seen before still waits for confirmation.",
        "Non évaluable ; la progression vue auparavant attend toujours confirmation.", SEYMOUR),
    "ipr_new_left": Rule(
        "Targets and non-targets are gone, but new lesions remain ({lesions}): partial response.",
        "Cibles et non-cibles ont disparu, mais de nouvelles lésions persistent ({lesions}) : réponse partielle.",
        SEYMOUR),
    "iupd_first": Rule(
        "Progression ({categories}), to be confirmed by a scan in 4 to 8 weeks.",
        "Progression ({categories}), à confirmer par un examen dans 4 à 8 semaines.", SEYMOUR),
    "iupd_unchanged": Rule(
        "Still in progression ({categories}) without further growth: remains unconfirmed.",
        "Toujours en progression ({categories}) sans croissance supplémentaire : reste non confirmée.", SEYMOUR),
    "iupd_new_unchanged": Rule(
        "New lesions ({lesions}) remain and nothing changed for the better: remains unconfirmed.",
        "Les nouvelles lésions ({lesions}) persistent sans amélioration : reste non confirmée.", SEYMOUR),
    "iupd_too_early": Rule(
        "Further growth, but less than {days} days after the first progression, and not both a new symptom and another "
        "new lesion: remains unconfirmed.",
        "Croissance, mais moins de {days} jours après la première progression, sans nouveau symptôme associé à "
        "une autre "
        "nouvelle lésion : reste non confirmée.", SEYMOUR),
    "icpd_before": Rule(
        "Progression was confirmed at an earlier visit.",
        "La progression a été confirmée lors d'une visite antérieure.", SEYMOUR),
    "icpd_target": Rule(
        "Targets grew by a further {change_mm:.1f} mm (at least 5 mm): progression confirmed.",
        "Les cibles ont encore augmenté de {change_mm:.1f} mm (au moins 5 mm) : progression confirmée.", SEYMOUR),
    "icpd_non_target": Rule(
        "Non-target {lesions} grew further: progression confirmed.",
        "La lésion non cible {lesions} a encore augmenté : progression confirmée.", SEYMOUR),
    "icpd_another_new": Rule(
        "Another new lesion ({lesions}): progression confirmed.",
        "Une autre nouvelle lésion ({lesions}) : progression confirmée.", SEYMOUR),
    "icpd_new_targets": Rule(
        "The new lesions {lesions} grew by {change_mm:.1f} mm in sum (at least 5 mm): progression confirmed.",
        "Les nouvelles lésions {lesions} ont augmenté de {change_mm:.1f} mm en somme (au moins 5 mm) : progression "
        "confirmée.", SEYMOUR),
    "icpd_new_non_targets": Rule(
        "The new lesion {lesions} grew: progression confirmed.",
        "La nouvelle lésion {lesions} a augmenté : progression confirmée.", SEYMOUR),
    "icpd_other_category": Rule(
        "Progression now also in another category ({categories}): progression confirmed.",
        "Progression désormais aussi dans une autre catégorie ({categories}) : progression confirmée.", SEYMOUR),
    "ibor_best": Rule(
        "{value} is the best response before any confirmed progression.",
        "{value} est la meilleure réponse avant toute progression confirmée.", SEYMOUR_BEST),
    "ibor_icpd": Rule(
        "Progression was confirmed before any response or stable disease.",
        "La progression a été confirmée avant toute réponse ou stabilité.", SEYMOUR_BEST),
    "ibor_iupd": Rule(
        "Progression was seen and neither confirmed nor refuted.",
        "Une progression a été vue, ni confirmée ni infirmée.", SEYMOUR_BEST),
    "ibor_ne": Rule(
        "No visit could be evaluated.",
        "Aucune visite n'a pu être évaluée.", SEYMOUR_BEST),
}
