"""Reading and writing files so that nothing is misread, and nothing is half-written."""

import gzip
import os
import zlib
from pathlib import Path


def read_text(path: str | os.PathLike) -> str:
    """A text file, plain or gzip (whatever its name), with every kind of line end as a line feed.

    Raises: ValueError if it is empty, damaged or not UTF-8; OSError if it cannot be opened.
    """
    content = Path(path).read_bytes()
    try:
        if content[:2] == b"\x1f\x8b":
            content = gzip.decompress(content)
        text = content.decode("utf-8-sig")
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ValueError(f"{path}: a damaged gzip file ({error})") from None
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: not a text file (byte {error.start} is not UTF-8)") from None
    if not text.strip():
        raise ValueError(f"{path}: the file is empty")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def write_whole(path: str | os.PathLike, content: str | bytes) -> None:
    """Write a file that appears whole or not at all: under another name first, then renamed.

    For one writer at a time: the other name is always path + ".partial", so that what a killed process left behind is
    overwritten by the next write. Two processes that write the same file at the same moment can spoil it.
    Raises: OSError if the folder is missing or cannot be written, or something that is no file has this name.
    """
    path = refuse_target(path)
    partial = path.with_name(path.name + ".partial")
    try:
        partial.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def refuse_target(path: str | os.PathLike) -> Path:
    """Where `write_whole` would put a file of this name: the path without links.

    Raises: OSError if the folder is missing or cannot be written, or something that is no file has this name.
    """
    path = Path(path).resolve()  # a link stays a link
    if path.exists() and not path.is_file():  # /dev/null would be replaced
        raise OSError(f"{path} is not a file that could be replaced")
    if not os.access(path.parent, os.W_OK):
        raise OSError(f"{path} cannot be written: {path.parent} is no folder, or not open to you")
    return path
