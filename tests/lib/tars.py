"""Tar archives: made for the tests, and read back from saved images."""

import hashlib
import io
import json
import tarfile
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Entry:
    """One path of a root file system."""

    kind: str  # file, dir, symlink, hardlink, char, block, fifo
    mode: int = 0o644
    uid: int = 0
    gid: int = 0
    mtime: int = 0
    link: str = ""
    content: bytes = b""
    xattrs: dict = field(default_factory=dict)


KINDS = {
    "file": tarfile.REGTYPE,
    "dir": tarfile.DIRTYPE,
    "symlink": tarfile.SYMTYPE,
    "hardlink": tarfile.LNKTYPE,
    "char": tarfile.CHRTYPE,
    "block": tarfile.BLKTYPE,
    "fifo": tarfile.FIFOTYPE,
}
NAMES = {kind: name for name, kind in KINDS.items()}
XATTR_PREFIX = "SCHILY.xattr."


def make_tar(entries, mode="w"):
    """`entries`: (path, Entry) pairs, written exactly in this order; the archive's bytes."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode, format=tarfile.PAX_FORMAT) as archive:
        for path, entry in entries:
            info = tarfile.TarInfo(path)
            info.type = KINDS[entry.kind]
            info.mode, info.uid, info.gid = entry.mode, entry.uid, entry.gid
            info.mtime, info.linkname = entry.mtime, entry.link
            info.size = len(entry.content)
            info.pax_headers = {
                XATTR_PREFIX + key: value.decode("utf-8", "surrogateescape")
                for key, value in entry.xattrs.items()
            }
            archive.addfile(info, io.BytesIO(entry.content))
    return buffer.getvalue()


def text_file(text, **options):
    return Entry("file", content=text.encode(), **options)


def read_tar(data):
    """(path, Entry) pairs in the archive's order; paths without ./ and without a final slash."""
    entries = []
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        for info in archive:
            content = archive.extractfile(info).read() if info.isreg() else b""
            entry = Entry(
                NAMES.get(info.type, "file"), info.mode, info.uid, info.gid, int(info.mtime),
                info.linkname, content,
                {
                    key[len(XATTR_PREFIX):]: value.encode("utf-8", "surrogateescape")
                    for key, value in info.pax_headers.items()
                    if key.startswith(XATTR_PREFIX)
                },
            )
            path = info.name[2:] if info.name.startswith("./") else info.name
            entries.append((path.strip("/"), entry))
    return entries


class SavedImage:
    """An image as `estiba save` wrote it in docker's format."""

    def __init__(self, path):
        self.layers = []
        with tarfile.open(path) as archive:
            manifest = json.load(archive.extractfile("manifest.json"))[0]
            self.tags = manifest.get("RepoTags") or []
            self.config_bytes = archive.extractfile(manifest["Config"]).read()
            self.config = json.loads(self.config_bytes)
            for name in manifest["Layers"]:
                self.layers.append(archive.extractfile(name).read())

    @property
    def id(self):
        return "sha256:" + hashlib.sha256(self.config_bytes).hexdigest()

    def layer(self, index):
        return read_tar(self.layers[index])

    def root_file_system(self):
        """path -> Entry with every layer applied, whiteouts taken into account."""
        tree = {}
        for layer in self.layers:
            entries = read_tar(layer)
            for path, _ in entries:
                folder, _, name = path.rpartition("/")
                if name == ".wh..wh..opq":
                    remove_below(tree, folder)
                elif name.startswith(".wh."):
                    hidden = f"{folder}/{name[4:]}" if folder else name[4:]
                    tree.pop(hidden, None)
                    remove_below(tree, hidden)
            for path, entry in entries:
                if not path.rpartition("/")[2].startswith(".wh."):
                    if entry.kind != "dir":
                        remove_below(tree, path)
                    tree[path] = entry
        return tree


def remove_below(tree, folder):
    for path in [path for path in tree if path.startswith(folder + "/")]:
        del tree[path]


def saved(estiba, name):
    """The image as it leaves the store."""
    path = estiba.folder / "saved.tar"
    estiba.ok("save", "-o", path, name)
    image = SavedImage(path)
    path.unlink()
    return image


def escaped_files(estiba):
    """Files called "escaped" anywhere but inside of a layer."""
    inside = str(estiba.root / "layers")
    found = [path for path in estiba.folder.rglob("escaped") if not str(path).startswith(inside)]
    return found + [path for path in (Path("/escaped"), Path("/etc/escaped")) if path.exists()]


def feed_five_million_entries(pipe):
    """d/f0000000 to d/f4999999, empty files: 2.5 GB of headers, too many for tarfile."""
    fixed = b"0000644\0" + b"0000000\0" * 2 + b"00000000000\0" * 2
    rest = b"0" + bytes(100) + b"ustar\x0000" + bytes(247)
    always = sum(fixed) + sum(rest) + 8 * ord(" ")
    sums = [b"%06o\0 " % number for number in range(always, always + 1500)]
    ends = [(b"%03d" % number + bytes(90) + fixed, sum(b"%03d" % number)) for number in range(1000)]
    with pipe:
        for thousand in range(5000):
            name = b"d/f%04d" % thousand
            start = sum(name)
            pipe.write(b"".join(
                part for end, value in ends for part in (name + end, sums[start + value], rest)))
        pipe.write(bytes(1024))
