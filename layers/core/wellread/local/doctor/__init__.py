"""`wellread doctor`: what of an installation or a stack works, and how to mend the rest."""
