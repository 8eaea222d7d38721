"""Sentences about the role of a lesion: target, non-target, new, or none."""

from __future__ import annotations

from DuOncoUnityLib.response.sentences.recist import RECIST
from DuOncoUnityLib.response.sentences.rule import DECISION, Rule

RECIST_UPDATE = "RECIST 1.1 update, Schwartz, Eur J Cancer 2016;62:132"

ROLE_RULES: dict[str, Rule] = {
    "measurable": Rule(
        "Measurable: long axis {size_mm:.1f} mm, at least {limit_mm:.0f} mm.",
        "Mesurable : grand axe {size_mm:.1f} mm, au moins {limit_mm:.0f} mm.", RECIST),
    "measurable_node": Rule(
        "Measurable node: short axis {size_mm:.1f} mm, at least {limit_mm:.0f} mm.",
        "Ganglion mesurable : petit axe {size_mm:.1f} mm, au moins {limit_mm:.0f} mm.", RECIST),
    "lesion_too_small": Rule(
        "Not measurable: long axis {size_mm:.1f} mm is below 10 mm.",
        "Non mesurable : grand axe {size_mm:.1f} mm, inférieur à 10 mm.", RECIST),
    "node_too_small": Rule(
        "Pathological node, but no target: short axis {size_mm:.1f} mm is below 15 mm.",
        "Ganglion pathologique, mais pas une cible : petit axe {size_mm:.1f} mm, inférieur à 15 mm.", RECIST),
    "node_normal": Rule(
        "Normal node: short axis {size_mm:.1f} mm is below 10 mm.",
        "Ganglion normal : petit axe {size_mm:.1f} mm, inférieur à 10 mm.", RECIST),
    "slices_too_thick": Rule(
        "Not measurable: {size_mm:.1f} mm is less than twice the slice thickness of {slice_mm:.1f} mm.",
        "Non mesurable : {size_mm:.1f} mm, moins de deux fois l'épaisseur de coupe de {slice_mm:.1f} mm.", RECIST),
    "bone_without_soft_tissue": Rule(
        "Bone lesion: measurable only if a soft-tissue part of at least 10 mm was seen.",
        "Lésion osseuse : mesurable seulement si une composante tissulaire d'au moins 10 mm a été vue.", RECIST),
    "never_blastic": Rule(
        "Blastic bone lesions are never measurable.",
        "Les lésions osseuses blastiques ne sont jamais mesurables.", RECIST),
    "never_lytic": Rule(
        "A lytic bone lesion without soft-tissue part is not measurable.",
        "Une lésion osseuse lytique sans composante tissulaire n'est pas mesurable.", RECIST),
    "never_effusion": Rule(
        "Effusions and ascites are never measurable.",
        "Les épanchements et l'ascite ne sont jamais mesurables.", RECIST),
    "never_leptomeningeal": Rule(
        "Leptomeningeal disease is never measurable.",
        "L'atteinte leptoméningée n'est jamais mesurable.", RECIST),
    "never_lymphangitic": Rule(
        "Lymphangitic spread is never measurable.",
        "La lymphangite n'est jamais mesurable.", RECIST),
    "irradiated": Rule(
        "Irradiated and not progressive since: not a target.",
        "Irradiée et sans progression depuis : pas une cible.", RECIST),
    "cyst": Rule(
        "A simple cyst is not disease.",
        "Un kyste simple n'est pas une lésion tumorale.", RECIST),
    "target_chosen": Rule(
        "Target: {size_mm:.1f} mm in {organ}, place {place} by size among {count} measurable lesions.",
        "Cible : {size_mm:.1f} mm ({organ}), rang {place} par taille parmi {count} lésions mesurables.", RECIST),
    "target_chosen_node": Rule(
        "Target: node with short axis {size_mm:.1f} mm ({site}), place {place} by size among {count} measurable "
        "lesions.",
        "Cible : ganglion de petit axe {size_mm:.1f} mm ({site}), rang {place} par taille parmi {count} lésions "
        "mesurables.", RECIST),
    "target_chosen_other_chain": Rule(
        "Target: node with short axis {size_mm:.1f} mm from another chain ({site}).",
        "Cible : ganglion de petit axe {size_mm:.1f} mm d'une autre chaîne ({site}).", RECIST_UPDATE),
    "passed_over_organ": Rule(
        "Not a target: {size_mm:.1f} mm, but {organ} already has {limit} targets ({lesions}).",
        "Pas une cible : {size_mm:.1f} mm, mais {organ} a déjà {limit} cibles ({lesions}).", RECIST),
    "passed_over_five": Rule(
        "Not a target: {size_mm:.1f} mm, but {max} targets are chosen already ({lesions}).",
        "Pas une cible : {size_mm:.1f} mm, mais {max} cibles sont déjà choisies ({lesions}).", RECIST),
    "role_by_person": Rule(
        "{by} decided on {at}: {role}. Reason: {reason}",
        "{by} a décidé le {at} : {role}. Motif : {reason}", DECISION),
    "overruled": Rule(
        "{by} set this to {value} on {at}. Reason: {reason}",
        "{by} a fixé ce résultat à {value} le {at}. Motif : {reason}", DECISION),
    "readers_agree": Rule(
        "The readers agree on {value}.",
        "Les lecteurs s'accordent sur {value}.", DECISION),
    "readers_open": Rule(
        "The readers disagree ({readings}); adjudication is needed.",
        "Les lecteurs sont en désaccord ({readings}) ; un arbitrage est nécessaire.", DECISION),
    "readers_adjudicated": Rule(
        "The readers disagree ({readings}); {by} chose the reading of {reader} on {at}. Reason: {reason}",
        "Les lecteurs sont en désaccord ({readings}) ; {by} a retenu la lecture de {reader} le {at}. Motif : {reason}",
        DECISION),
    "new_since": Rule(
        "New since {date} ({site}).",
        "Nouvelle depuis le {date} ({site}).", RECIST),
    "new_not_scanned_before": Rule(
        "First seen on {date} ({site}) where the baseline did not reach; that counts as new.",
        "Vue d'abord le {date} ({site}), hors du champ de l'examen initial ; elle compte comme nouvelle.", RECIST),
    "new_equivocal": Rule(
        "Possibly new since {date} ({site}); followed, and counted from that date if confirmed.",
        "Peut-être nouvelle depuis le {date} ({site}) ; suivie, et comptée dès cette date si confirmée.", RECIST),
}
