"""Sentences about volume, growth, uncertainty and disagreement."""

from __future__ import annotations

from DuOncoUnityLib.response.sentences.recist import RECIST
from DuOncoUnityLib.response.sentences.rule import PROJECT, Rule

SPHERE = "Sphere equivalents of the RECIST thresholds; exploratory"
FERTE = "Ferte, Clin Cancer Res 2014;20:246"
MEHRARA = "Mehrara, Cancer Res 2007;67:3970"
CHAMPIAT = "Champiat, Clin Cancer Res 2017;23:1920 [M]"
SAADA_BOUZID = "Saada-Bouzid, Ann Oncol 2017;28:1605 [M]"
FERRARA = "Ferrara, JAMA Oncol 2018;4:1543 [M]"
KAS = "Kas, PMC7290708"
OXNARD = "Oxnard, J Clin Oncol 2011;29:3114; voxel size of both scans"
MARCHIANO = "Marchiano, Radiology 2009;251:919; slice thickness of both scans"

BURDEN_RULES: dict[str, Rule] = {
    "volume_cr": Rule(
        "No tumour volume is left (exploratory).",
        "Il ne reste aucun volume tumoral (exploratoire).", SPHERE),
    "volume_pd": Rule(
        "Total volume {volume_ml:.1f} ml is at least 72.8 % above its lowest value {nadir_ml:.1f} ml (exploratory).",
        "Le volume total {volume_ml:.1f} ml dépasse d'au moins 72,8 % sa valeur la plus basse {nadir_ml:.1f} ml "
        "(exploratoire).", SPHERE),
    "volume_pr": Rule(
        "Total volume {volume_ml:.1f} ml is at least 65.7 % below the {baseline_ml:.1f} ml at baseline (exploratory).",
        "Le volume total {volume_ml:.1f} ml est inférieur d'au moins 65,7 % aux {baseline_ml:.1f} ml initiaux "
        "(exploratoire).", SPHERE),
    "volume_sd": Rule(
        "Total volume {volume_ml:.1f} ml, from {baseline_ml:.1f} ml at baseline and {nadir_ml:.1f} ml at its lowest: "
        "neither threshold is reached (exploratory).",
        "Volume total {volume_ml:.1f} ml, contre {baseline_ml:.1f} ml à l'examen initial et {nadir_ml:.1f} ml au plus "
        "bas : aucun seuil n'est atteint (exploratoire).", SPHERE),
    "volume_ne": Rule(
        "Known lesions were outside the scan; the {volume_ml:.1f} ml seen are a lower bound: not evaluable.",
        "Des lésions connues étaient hors du champ ; les {volume_ml:.1f} ml vus sont un minimum : non évaluable.",
        SPHERE),
    "growth_needs_volumes": Rule(
        "No growth rate of volumes: known lesions were outside one of the two scans.",
        "Pas de vitesse de croissance des volumes : des lésions connues étaient hors du champ d'un examen.", MEHRARA),
    "growth_needs_sums": Rule(
        "No growth rate of diameters: a sum is missing at one of the two scans.",
        "Pas de vitesse de croissance des diamètres : une somme manque à l'un des deux examens.", FERTE),
    "growth_needs_size": Rule(
        "No growth rate of diameters: it is undefined from or to zero.",
        "Pas de vitesse de croissance des diamètres : elle n'est pas définie depuis ou vers zéro.", FERTE),
    "doubling_within_uncertainty": Rule(
        "No doubling time: the change in volume is within the measurement uncertainty of {limit_ml:.1f} ml.",
        "Pas de temps de doublement : la variation de volume est dans l'incertitude de mesure de {limit_ml:.1f} ml.",
        MEHRARA),
    "growth_too_soon": Rule(
        "No growth rates: the scans are less than {least} days apart.",
        "Pas de vitesses de croissance : les examens sont espacés de moins de {least} jours.", PROJECT),
    "hyper_needs_earlier_scan": Rule(
        "Hyperprogression cannot be judged: it needs a scan at least {least} days before baseline on which every "
        "target was measured.",
        "L'hyperprogression ne peut être jugée : il faut un examen au moins {least} jours avant l'examen initial, "
        "avec toutes les cibles mesurées.", KAS),
    "hyper_needs_visit": Rule(
        "Hyperprogression cannot be judged: it needs complete sums at baseline and at a first visit at least {least} "
        "days later.",
        "L'hyperprogression ne peut être jugée : il faut des sommes complètes à l'examen initial et à une première "
        "visite au moins {least} jours après.", KAS),
    "hyper_needs_size": Rule(
        "Hyperprogression cannot be judged: growth rates are undefined from or to zero.",
        "L'hyperprogression ne peut être jugée : les vitesses ne sont pas définies depuis ou vers zéro.", KAS),
    "hyper_champiat": Rule(
        "Growth rate {before:.1f} before and {after:.1f} % per month on treatment, ratio {ratio:.1f} "
        "(progression and at "
        "least 2 needed): {value}. The published criteria disagree with each other.",
        "Vitesse {before:.1f} avant et {after:.1f} % par mois sous traitement, rapport {ratio:.1f} (progression et au "
        "moins 2 requis) : {value}. Les critères publiés divergent entre eux.", CHAMPIAT),
    "hyper_champiat_undefined": Rule(
        "The tumour did not grow before baseline ({before:.1f} % per month), so no ratio of growth rates exists.",
        "La tumeur ne croissait pas avant l'examen initial ({before:.1f} % par mois) : pas de rapport de vitesses.",
        CHAMPIAT),
    "hyper_saada_bouzid": Rule(
        "Slope {before:.1f} before and {after:.1f} mm per month on treatment, ratio {ratio:.1f} (at least 2 needed): "
        "{value}. The published criteria disagree with each other.",
        "Pente {before:.1f} avant et {after:.1f} mm par mois sous traitement, rapport {ratio:.1f} (au moins 2 "
        "requis) : "
        "{value}. Les critères publiés divergent entre eux.", SAADA_BOUZID),
    "hyper_saada_bouzid_undefined": Rule(
        "The tumour did not grow before baseline ({before:.1f} mm per month), so no ratio of slopes exists.",
        "La tumeur ne croissait pas avant l'examen initial ({before:.1f} mm par mois) : pas de rapport de pentes.",
        SAADA_BOUZID),
    "hyper_ferrara": Rule(
        "Growth rate {before:.1f} before and {after:.1f} % per month on treatment, difference {difference:.1f} "
        "(progression and more than 50 needed): {value}. The published criteria disagree with each other.",
        "Vitesse {before:.1f} avant et {after:.1f} % par mois sous traitement, différence {difference:.1f} "
        "(progression "
        "et plus de 50 requis) : {value}. Les critères publiés divergent entre eux.", FERRARA),
    "sum_within_uncertainty": Rule(
        "The sum changed by {change_mm:+.1f} mm since the scan before, within the measurement uncertainty of "
        "{limit_mm:.1f} mm.",
        "La somme a varié de {change_mm:+.1f} mm depuis l'examen précédent, dans l'incertitude de mesure de "
        "{limit_mm:.1f} mm.", OXNARD),
    "target_split": Rule(
        "Target {lesions} has split into {count}; their axes are added.",
        "La cible {lesions} s'est divisée en {count} ; leurs axes sont additionnés.", RECIST),
    "target_merged": Rule(
        "Target {lesions} has merged with {others}; the common axis is counted once.",
        "La cible {lesions} a fusionné avec {others} ; l'axe commun est compté une fois.", RECIST),
    "dated_back": Rule(
        "{lesions} was equivocal here and confirmed later; progression is dated back to this scan.",
        "{lesions} était équivoque ici et confirmée ensuite ; la progression est datée de cet examen.", RECIST),
    "not_evaluable": Rule(
        "{count} lesions could not be evaluated on this scan ({lesions}).",
        "{count} lésions n'ont pas pu être évaluées sur cet examen ({lesions}).", RECIST),
    "coverage_lost": Rule(
        "This scan does not show the {regions}, which the baseline did: totals do not compare.",
        "Cet examen ne montre pas : {regions}, visible(s) à l'examen initial : les totaux ne sont pas comparables.",
        PROJECT),
    "target_too_small": Rule(
        "Target {lesions} is present but too small to measure; the agreed default is recorded.",
        "La cible {lesions} est présente mais trop petite pour être mesurée ; la valeur convenue est notée.", RECIST),
    "target_reappeared": Rule(
        "Target {lesions} is seen again after it had disappeared; it is added to the sum.",
        "La cible {lesions} est revue après avoir disparu ; elle est ajoutée à la somme.", RECIST),
    "no_targets": Rule(
        "No measurable lesion at baseline: only non-target lesions and new ones are followed.",
        "Aucune lésion mesurable à l'examen initial : seules les lésions non cibles et nouvelles sont suivies.",
        RECIST),
    "targets_beyond_rules": Rule(
        "{count} targets by decision of the reader; RECIST 1.1 allows {max} in all and {limit} per organ.",
        "{count} cibles sur décision du lecteur ; RECIST 1.1 en permet {max} au total et {limit} par organe.", RECIST),
    "provisional": Rule(
        "Provisional; lesions that nobody has seen yet: {count} ({lesions}).",
        "Provisoire ; lésions que personne n'a encore vues : {count} ({lesions}).", PROJECT),
    "recist_against_volume": Rule(
        "RECIST says {recist}, the whole-body volume {volume_response}: {volume_ml:.1f} ml, lowest before "
        "{nadir_ml:.1f} ml.",
        "RECIST indique {recist}, le volume corps entier {volume_response} : {volume_ml:.1f} ml, au plus bas "
        "{nadir_ml:.1f} ml.", PROJECT),
    "irecist_waits": Rule(
        "RECIST says {recist}; under immunotherapy it waits for confirmation ({irecist}).",
        "RECIST indique {recist} ; sous immunothérapie, confirmation attendue ({irecist}).", PROJECT),
    "recist_against_irecist": Rule(
        "RECIST says {recist}, iRECIST {irecist}.",
        "RECIST indique {recist}, iRECIST {irecist}.", PROJECT),
    "mixed_response": Rule(
        "Mixed response since the scan before. Growing: {growing}. Shrinking: {shrinking}.",
        "Réponse dissociée depuis l'examen précédent. En croissance : {growing}. En régression : {shrinking}.",
        PROJECT),
    "hidden_growth": Rule(
        "RECIST says {recist}, but lesions outside the targets grew by 20 % and 5 mm or more: {growing}.",
        "RECIST indique {recist}, mais des lésions hors cibles ont augmenté d'au moins 20 % et 5 mm : {growing}.",
        PROJECT),
    "sum_stable_volume_grows": Rule(
        "The sum of diameters is {sod_percent:+.1f} % from its lowest value, while the total volume grew by "
        "{volume_percent:.1f} % ({nadir_ml:.1f} to {volume_ml:.1f} ml, uncertainty {limit_ml:.1f} ml).",
        "La somme des diamètres est à {sod_percent:+.1f} % de sa valeur la plus basse, alors que le volume total a "
        "augmenté de {volume_percent:.1f} % ({nadir_ml:.1f} à {volume_ml:.1f} ml, incertitude {limit_ml:.1f} ml).",
        MARCHIANO),
    "non_target_growth": Rule(
        "The non-target volume grew by {percent:.1f} % ({lowest_ml:.1f} to {now_ml:.1f} ml), as much as 20 % in "
        "diameter: consider whether this is unequivocal progression.",
        "Le volume non cible a augmenté de {percent:.1f} % ({lowest_ml:.1f} à {now_ml:.1f} ml), soit 20 % en "
        "diamètre : "
        "envisager une progression indiscutable.", RECIST),
    "new_lesions": Rule(
        "{count} new since the scan before: {named}.",
        "{count} nouvelle(s) depuis l'examen précédent : {named}.", RECIST),
    "equivocal_lesions": Rule(
        "{count} possibly new, to be followed: {named}.",
        "{count} peut-être nouvelle(s), à suivre : {named}.", RECIST),
}
