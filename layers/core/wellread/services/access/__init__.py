"""Who may read what, at this moment."""
