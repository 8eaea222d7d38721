"""The inference engine: bundles, tiling, networks."""
