"""Registration and matching of lesions across scans."""
