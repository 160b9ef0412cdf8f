"""Reading and writing files so that nothing is misread, and nothing is half-written."""

import contextlib
import gzip
import io
import os
import secrets
import shutil
import zlib
from pathlib import Path

#: Bytes that are read of one file, unpacked: a human chromosome has 250 million letters.
LARGEST = 1_000_000_000


def read_text(path: str | os.PathLike) -> str:
    """A text file, plain or gzip (whatever its name), with every kind of line end as a line feed.

    Raises: ValueError if it is empty, damaged, too large or not UTF-8; OSError if it cannot be opened or is no file.
    """
    content = read_bytes(path)
    try:
        if content[:2] == b"\x1f\x8b":
            content = _unpacked(content, path)
        text = content.decode("utf-8-sig")
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ValueError(f"{path}: a damaged gzip file ({error})") from None
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: not a text file (byte {error.start} is not UTF-8)") from None
    if not text.strip():
        raise ValueError(f"{path}: the file is empty")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read_bytes(path: str | os.PathLike) -> bytes:
    """What is in a file, as it is.

    Raises: OSError if it cannot be opened or is no file; ValueError if it is larger than `LARGEST`.
    """
    path = Path(path)
    size = path.stat().st_size
    if not path.is_file():  # reading a pipe that nobody writes to would wait for ever
        raise OSError(f"{path} is a folder, a pipe or a device, not a file")
    if size > LARGEST:
        raise ValueError(f"{path}: larger than {LARGEST / 1e9:g} GB")
    return path.read_bytes()


def _unpacked(content: bytes, path: str | os.PathLike) -> bytearray:
    text = bytearray()
    with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
        while piece := file.read(2**20):  # in pieces: a small file can unpack to more than the memory holds
            text += piece
            if len(text) > LARGEST:
                raise ValueError(f"{path}: larger than {LARGEST / 1e9:g} GB when unpacked")
    return text


def write_whole(path: str | os.PathLike, content: str | bytes) -> None:
    """Write a file that appears whole or not at all: under another name first, then renamed.

    A file that is replaced keeps its permissions. Of several writers at once, the last one to end decides.
    A process that is killed while it writes leaves a file behind whose name ends in .partial.
    Raises: OSError as `refuse_target`, or if the disk is full.
    """
    path = refuse_target(path)
    data = content.encode("utf-8") if isinstance(content, str) else content
    # A name that nobody can know before: neither another writer nor a link that somebody put there.
    partial = path.with_name(f"{path.name[:40]}.{secrets.token_hex(8)}.partial")
    try:
        with open(partial, "xb") as file:
            with contextlib.suppress(FileNotFoundError):
                shutil.copymode(path, partial)
            file.write(data)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def refuse_target(path: str | os.PathLike) -> Path:
    """Where `write_whole` would put a file of this name: the path without links.

    Raises: OSError if the folder is missing or cannot be written, if something that is no file has this name, if the
    name is too long, or if it is a link that leads back to itself.
    """
    path = Path(os.path.realpath(path))  # a link stays a link
    with contextlib.suppress(FileNotFoundError):
        path.stat()
        if not path.is_file():  # /dev/null would be replaced
            raise OSError(f"{path} is not a file that could be replaced")
    if not path.parent.is_dir() or not os.access(path.parent, os.W_OK):
        raise OSError(f"{path} cannot be written: {path.parent} is no folder, or not open to you")
    return path
