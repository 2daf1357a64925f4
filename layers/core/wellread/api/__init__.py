"""The HTTP API's words: shapes and problems that the function and the laptop host share."""
