"""Technology behind the ports, a family a folder; families do not know each other."""
