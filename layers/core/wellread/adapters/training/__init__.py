"""Where models are trained: in a process of this machine."""
