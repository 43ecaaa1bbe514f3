"""How the bundled reader and embedder were made, from public data to the files in `models/weights/`.

Run as `python -m models.training <step> --data DIR --work DIR`. Nothing here is needed to use the models, and
nothing in the product imports it.
"""
