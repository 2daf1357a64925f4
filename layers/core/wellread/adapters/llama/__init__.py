"""A language model on this machine: a GGUF file, served by a process of its own (llama.cpp)."""
