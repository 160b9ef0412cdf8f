"""Reading and writing files so that nothing is misread, and nothing is half-written."""

import gzip
import os
import secrets
import shutil
import zlib
from pathlib import Path


def read_text(path: str | os.PathLike) -> str:
    """A text file, plain or gzip (whatever its name), with every kind of line end as a line feed.

    Raises: ValueError if it is empty, damaged or not UTF-8; OSError if it cannot be opened.
    """
    content = Path(path).read_bytes()
    try:
        text = (gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content).decode("utf-8-sig")
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ValueError(f"{path}: a damaged gzip file ({error})") from None
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: not a text file (byte {error.start} is not UTF-8)") from None
    if not text.strip():
        raise ValueError(f"{path}: the file is empty")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def write_whole(path: str | os.PathLike, content: str | bytes) -> None:
    """Write a file that appears whole or not at all: under a name that nobody can know, then renamed."""
    path = refuse_target(path)
    partial = path.with_name(f"{path.name[:40]}.{secrets.token_hex(8)}.partial")
    try:
        with open(partial, "xb") as file:
            file.write(content.encode("utf-8") if isinstance(content, str) else content)
        if path.exists():
            shutil.copymode(path, partial)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def refuse_target(path: str | os.PathLike) -> Path:
    """The path without links.  Raises: OSError if no file can be written there, or something else has its name."""
    path = Path(os.path.realpath(path))  # a link stays a link
    if path.exists() and not path.is_file():  # /dev/null would be replaced
        raise OSError(f"{path} is not a file that could be replaced")
    if not os.access(path.parent, os.W_OK) or not path.parent.is_dir():
        raise OSError(f"{path} cannot be written: {path.parent} is no folder, or not open to you")
    return path
