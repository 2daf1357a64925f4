"""Takes what Microsoft Teams sends."""
