"""What the module consists of besides its widget; only `dependencies` needs the desktop application."""
