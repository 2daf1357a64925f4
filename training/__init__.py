"""What trains, serves and starts trainings outside of the product's own environment.

`train.py` runs alike on a laptop and in a SageMaker job; nothing here imports wellread.
"""
