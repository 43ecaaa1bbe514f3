"""An article's way in: files → decoded → cleaned, with the way back to the raw characters."""

from rag.articles.alignment import AlignedText, Edit
from rag.articles.cleaning import read_article
from rag.articles.encoding import Decoded, UndecodableError, decode
from rag.articles.loaded import Loaded
from rag.articles.loading import KINDS, load

__all__ = ["KINDS", "AlignedText", "Decoded", "Edit", "Loaded", "UndecodableError", "decode", "load", "read_article"]
