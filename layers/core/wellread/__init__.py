"""wellread: drop documents, ask about them, get an answer that cites the passage, or a decline."""

__all__ = ["__version__"]

__version__ = "0.1.0"
