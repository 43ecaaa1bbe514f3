"""Question sets of other shapes: each loader turns one source format into the project's own questions.

`source` reads what the user typed (`rgb:zh.json?noise=0.4`), `registry` knows the loaders by name, `items` is what
they yield, `files` how they read. A loader does no more than yield, item by item, the JSON object that a line of
the project's own format would hold; `eval.questions` parses and checks those.
"""
