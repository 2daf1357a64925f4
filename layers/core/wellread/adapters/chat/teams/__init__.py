"""Microsoft Teams, by plain calls of the Bot Connector and of Graph."""
