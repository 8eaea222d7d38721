"""MRML in and out: the only package that imports slicer."""
