"""`wellread evaluate`: from a folder with a set to a folder with a report."""
