"""What the module consists of besides its widget; only `dependencies` and `self_test` need the desktop application."""
