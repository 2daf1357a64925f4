"""What wellread is about: pure dataclasses and functions, standard library only."""
