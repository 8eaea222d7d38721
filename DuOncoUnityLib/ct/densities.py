"""Densities of tissues in HU: windows of fat and muscle, both ends included, as the literature on body composition uses
them (Prado, Lancet Oncol 2008;9:629), and what soft tissue does not reach in any contrast phase (Bae, Radiology
2010;256:32).
"""

FAT_HU = (-190, -30)
VISCERAL_FAT_HU = (-150, -50)
MUSCLE_HU = (-29, 150)
SOFT_TISSUE_BELOW_HU = 200
