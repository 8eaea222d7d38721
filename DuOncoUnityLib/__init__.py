"""DuOnco Unity: whole-body tumour burden from thorax-abdomen-pelvis CT.

The library works without 3D Slicer; only `DuOncoUnityLib.scene` imports it. Research use, not a medical device.
"""

__version__ = "0.1.0"
