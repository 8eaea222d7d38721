"""How well a segmentation agrees with a truth."""
