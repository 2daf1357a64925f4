"""Who may read what: audiences and scopes, prefix rules, metadata sidecars."""
