"""Use cases of chats, the same for every platform."""
