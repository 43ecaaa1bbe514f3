"""What the first bytes of a file say it is, whatever its name says."""

import re

HEAD = 4096
"""So many bytes are looked at."""

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""What files of old Office, and encrypted ones of the new, begin with."""

# `.zip` stands for all formats that are packed so: Word, Excel and EPUB are told apart by what lies inside.
_READ = ((b"PK\x03\x04", ".zip"), (b"PK\x05\x06", ".zip"))
_OTHER = (
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
    (b"GIF87a", "a GIF picture"),
    (b"GIF89a", "a GIF picture"),
    (b"II*\x00", "a TIFF picture"),
    (b"MM\x00*", "a TIFF picture"),
    (b"BM", "a BMP picture"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"\x1f\x8b", "packed with gzip"),
    (b"\xfd7zXZ\x00", "packed with xz"),
    (b"BZh", "packed with bzip2"),
    (OLE, "a document of old Office, or an encrypted one"),
    (b"{\\rtf", "a document in RTF"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"SQLite format 3\x00", "a database"),
    (b"ID3", "a sound"),
    (b"OggS", "a sound or film"),
    (b"\x1aE\xdf\xa3", "a film"),
)
_PLAIN_PREFIXES = frozenset({b"BM", b"MZ", b"BZh", b"ID3", b"II*\x00", b"MM\x00*"})  # letters: text may begin with them
_PAGE = re.compile(
    rb"(?:<\?xml[^>]{0,200}\?>|<!--.{0,1000}?-->|\s)*<(?:!doctype\s+html|html[\s>])", re.IGNORECASE | re.DOTALL
)
_MAIL = re.compile(rb"(?:[A-Za-z-]{2,40}:[^\n]{0,998}\n(?:[ \t][^\n]{0,998}\n)*){1,40}", re.ASCII)
_MIME = re.compile(rb"^mime-version:", re.IGNORECASE | re.MULTILINE)


def suffix_of(head: bytes) -> str | None:
    """Return the suffix that fits the bytes (`.pdf`, `.html`, `.mhtml`, `.zip`); None where they do not say."""
    if b"%PDF-" in head[:1024] and not head[:1].isalnum():
        return ".pdf"
    for signature, suffix in _READ:
        if head.startswith(signature):
            return suffix
    text = head.removeprefix(b"\xef\xbb\xbf")
    if _PAGE.match(text):
        return ".html"
    mail = _MAIL.match(text)
    if mail and _MIME.search(mail.group()):
        return ".mhtml"
    return None


def other_kind(head: bytes) -> str | None:
    """Return what a file is that is no text and is not read, for people; None where the bytes do not say."""
    for signature, name in _OTHER:
        if head.startswith(signature) and (signature not in _PLAIN_PREFIXES or b"\x00" in head):
            return name
    return None
