"""Questions in chats: what arrives, which reply it gets, and what is said beside replies."""
