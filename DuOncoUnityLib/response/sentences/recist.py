"""Sentences of RECIST 1.1: responses of a visit and best overall response."""

from __future__ import annotations

from DuOncoUnityLib.response.sentences.rule import Rule

RECIST = "RECIST 1.1, Eisenhauer, Eur J Cancer 2009;45:228"
RECIST_BOR = "RECIST 1.1, Eisenhauer, Eur J Cancer 2009;45:228, table 3"
EORTC = "EORTC RECIST FAQ"

RECIST_RULES: dict[str, Rule] = {
    "target_cr": Rule(
        "All targets are gone, or are nodes below 10 mm (sum {sod_mm:.1f} mm): complete response.",
        "Toutes les cibles ont disparu ou sont des ganglions de moins de 10 mm (somme {sod_mm:.1f} mm) : "
        "réponse complète.",
        RECIST),
    "target_pd": Rule(
        "The sum rose from its lowest value {nadir_mm:.1f} mm to {sod_mm:.1f} mm ({from_nadir_mm:+.1f} mm, "
        "{from_nadir_percent:+.1f} %), at least 5 mm and 20 %: progression.",
        "La somme est passée de sa valeur la plus basse {nadir_mm:.1f} mm à {sod_mm:.1f} mm ({from_nadir_mm:+.1f} mm, "
        "{from_nadir_percent:+.1f} %), au moins 5 mm et 20 % : progression.",
        RECIST),
    "target_pd_by_remainder": Rule(
        "{lesions} not evaluable, but the other targets alone ({sod_mm:.1f} mm) exceed the lowest sum "
        "{nadir_mm:.1f} mm by 5 mm and 20 %: progression.",
        "{lesions} non évaluable(s), mais les autres cibles seules ({sod_mm:.1f} mm) dépassent la somme la plus basse "
        "{nadir_mm:.1f} mm de 5 mm et 20 % : progression.",
        RECIST),
    "target_ne": Rule(
        "Target {lesions} could not be measured, and the rest does not show progression: not evaluable.",
        "La cible {lesions} n'a pas pu être mesurée, et le reste ne montre pas de progression : non évaluable.",
        RECIST),
    "target_ne_baseline": Rule(
        "The baseline sum is incomplete, so the change cannot be judged: not evaluable.",
        "La somme initiale est incomplète, la variation ne peut être jugée : non évaluable.",
        RECIST),
    "target_pr": Rule(
        "The sum fell from {baseline_mm:.1f} mm at baseline to {sod_mm:.1f} mm ({from_baseline_percent:+.1f} %), "
        "at least 30 %: partial response.",
        "La somme est passée de {baseline_mm:.1f} mm à {sod_mm:.1f} mm ({from_baseline_percent:+.1f} %), "
        "au moins 30 % : réponse partielle.",
        RECIST),
    "target_pr_persists": Rule(
        "The response reached before holds: {sod_mm:.1f} mm is {from_nadir_percent:+.1f} % from the lowest sum "
        "{nadir_mm:.1f} mm, which is not progression.",
        "La réponse déjà obtenue persiste : {sod_mm:.1f} mm, soit {from_nadir_percent:+.1f} % par rapport à la somme "
        "la plus basse {nadir_mm:.1f} mm, ce qui n'est pas une progression.",
        EORTC),
    "target_sd": Rule(
        "The sum {sod_mm:.1f} mm is {from_baseline_percent:+.1f} % from baseline and {from_nadir_percent:+.1f} % "
        "({from_nadir_mm:+.1f} mm) from its lowest value: stable disease.",
        "La somme {sod_mm:.1f} mm varie de {from_baseline_percent:+.1f} % depuis l'examen initial et de "
        "{from_nadir_percent:+.1f} % ({from_nadir_mm:+.1f} mm) depuis sa valeur la plus basse : maladie stable.",
        RECIST),
    "non_target_cr": Rule(
        "All {count} non-target lesions are gone or are nodes below 10 mm: complete response.",
        "Les {count} lésions non cibles ont toutes disparu ou sont des ganglions de moins de 10 mm : réponse complète.",
        RECIST),
    "non_target_non_cr_non_pd": Rule(
        "Non-target lesions remain ({lesions}) without unequivocal progression.",
        "Des lésions non cibles persistent ({lesions}) sans progression indiscutable.",
        RECIST),
    "non_target_pd": Rule(
        "A reader called the growth of {lesions} unequivocal progression.",
        "Un lecteur a jugé la croissance de {lesions} comme progression indiscutable.",
        RECIST),
    "non_target_ne": Rule(
        "Non-target {lesions} could not be evaluated.",
        "Lésion(s) non cible(s) {lesions} non évaluable(s).",
        RECIST),
    "overall_pd_new": Rule(
        "New disease ({lesions}): progression.",
        "Nouvelle maladie ({lesions}) : progression.",
        RECIST),
    "overall_pd": Rule(
        "Target {target}, non-target {non_target}: progression in either is progression overall.",
        "Cibles {target}, non-cibles {non_target} : une progression de l'une est une progression globale.",
        RECIST),
    "overall_pd_after_cr": Rule(
        "Disease is seen again after a complete response: progression.",
        "La maladie réapparaît après une réponse complète : progression.",
        RECIST_BOR),
    "overall_no_disease": Rule(
        "No target and no non-target lesion at baseline, and no new one: nothing to evaluate.",
        "Aucune lésion cible ni non cible à l'examen initial, et aucune nouvelle : rien à évaluer.",
        RECIST),
    "overall_non_target_only": Rule(
        "No targets; the non-target lesions decide: {value}.",
        "Pas de cible ; les lésions non cibles décident : {value}.",
        RECIST),
    "overall_pr_non_target_left": Rule(
        "All targets are gone, but non-target disease is {non_target}: partial response.",
        "Toutes les cibles ont disparu, mais les lésions non cibles sont {non_target} : réponse partielle.",
        RECIST),
    "overall_by_targets": Rule(
        "Target {target}, non-target {non_target}, no new lesion: {value}.",
        "Cibles {target}, non-cibles {non_target}, pas de nouvelle lésion : {value}.",
        RECIST),
    "bor_first": Rule(
        "{value} was reached on {date}.",
        "{value} atteinte le {date}.",
        RECIST_BOR),
    "bor_confirmed": Rule(
        "{value} on {date}, confirmed on {second_date}, at least {days} days later.",
        "{value} le {date}, confirmée le {second_date}, au moins {days} jours après.",
        RECIST_BOR),
    "bor_pr_then_sd": Rule(
        "PR on {date} was followed by stable disease and not confirmed: stable disease.",
        "La réponse partielle du {date} a été suivie d'une maladie stable, sans confirmation : maladie stable.",
        RECIST_BOR),
    "bor_sd": Rule(
        "No progression by {date}, at least {days} days after baseline: {value}.",
        "Pas de progression le {date}, au moins {days} jours après l'examen initial : {value}.",
        RECIST_BOR),
    "bor_sd_unknown_baseline": Rule(
        "No progression by {date}; the date of the baseline is unknown, so the {days} days were not checked: {value}.",
        "Pas de progression le {date} ; date initiale inconnue, les {days} jours n'ont pas été vérifiés : {value}.",
        RECIST_BOR),
    "bor_pd": Rule(
        "Progression on {date} without a response that counts or stable disease of {days} days before it.",
        "Progression le {date} sans réponse retenue ni maladie stable de {days} jours auparavant.",
        RECIST_BOR),
    "bor_ne_too_early": Rule(
        "No progression, but no visit later than {days} days after baseline to call it stable: not evaluable.",
        "Pas de progression, mais aucune visite au-delà de {days} jours pour conclure à la stabilité : non évaluable.",
        RECIST_BOR),
    "bor_ne": Rule(
        "No visit could be evaluated.",
        "Aucune visite n'a pu être évaluée.",
        RECIST_BOR),
}
