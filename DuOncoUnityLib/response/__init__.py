"""RECIST 1.1, iRECIST, volumes and growth."""
