"""Mail, as files."""
