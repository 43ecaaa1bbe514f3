"""The project measured on public question sets, with what is needed to place the figures: `docs/benchmarks.md`.

`sets` writes the questions that training never saw, `rows` says what is measured, `running` runs it, `published` holds
other systems' figures with their sources, `document` puts all of it on one page.
"""
