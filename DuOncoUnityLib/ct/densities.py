"""Density windows of fat and muscle in HU, both ends included: those usual in the literature on body composition.

Prado, Lancet Oncol 2008;9:629.
"""

FAT_HU = (-190, -30)
VISCERAL_FAT_HU = (-150, -50)
MUSCLE_HU = (-29, 150)
