"""Contexts of the table made real, and root file systems as lines to compare."""

import os

from lib.tars import Entry, make_tar


CONTEXT_TIME = 1_500_000_000  # of all that a context holds
ARCHIVE_TIME = Entry("file").mtime  # of all that an archive holds
BUILT_AFTER = 1_700_000_000


def as_entry(spec):
    """A file of a table, as an archive has it."""
    if isinstance(spec, str):
        return Entry("file", 0o644, content=spec.encode())
    kind, rest = spec[0], spec[1:]
    if kind == "f":
        owner = rest[2:] or (0, 0)
        return Entry("file", rest[0], uid=owner[0], gid=owner[1], content=rest[1].encode())
    if kind == "x":
        return Entry("file", 0o644, content=rest[0].encode(), xattrs=rest[1])
    if kind == "d":
        return Entry("dir", rest[0], xattrs=rest[1] if rest[1:] else {})
    if kind == "l":
        return Entry("symlink", 0o777, link=rest[0])
    if kind == "h":
        return Entry("hardlink", 0o644, link=rest[0])
    raise ValueError(f"unknown kind of file: {kind}")


def write_files(folder, files):
    """`folder` is a Path; modes are exact, whatever the umask."""
    folder.mkdir(exist_ok=True)
    for name, spec in files.items():
        path = folder / name
        for parent in reversed(path.relative_to(folder).parents[:-1]):
            if not (folder / parent).exists():
                (folder / parent).mkdir(mode=0o755)
        if isinstance(spec, tuple) and spec[0] == "t":
            entries = [(inner, as_entry(inner_spec)) for inner, inner_spec in spec[1].items()]
            spec = ("f", 0o644, make_tar(entries).decode("latin-1"))
            path.write_bytes(spec[2].encode("latin-1"))
            path.chmod(0o644)
            continue
        entry = as_entry(spec)
        if entry.kind == "symlink":
            path.symlink_to(entry.link)
        elif entry.kind == "hardlink":
            os.link(folder / entry.link, path)
        elif entry.kind == "dir":
            path.mkdir(exist_ok=True)
        else:
            path.write_bytes(entry.content)
            os.chown(path, entry.uid, entry.gid)
        if entry.kind in ("file", "dir"):
            path.chmod(entry.mode)
            for key, value in entry.xattrs.items():
                os.setxattr(path, key, value)
    for path in [folder, *folder.rglob("*")]:
        os.utime(path, (CONTEXT_TIME, CONTEXT_TIME), follow_symlinks=False)


def lines_of(tree):
    """path -> Entry as the lines of a table, sorted by path.

    A file that the build itself made says so; all others have the time of the context, or of the
    archive that held them.
    """
    lines = []
    for path, entry in sorted(tree.items()):
        if not path:
            continue
        if entry.kind == "hardlink":
            entry = tree[entry.link.removeprefix("./")]
        owner = f"{entry.uid}:{entry.gid}"
        if entry.kind == "symlink":
            lines.append(f"l {owner} {path} {entry.link}")
        elif entry.kind == "dir":
            lines.append(f"d {entry.mode & 0o7777:o} {owner} {path}")
        else:
            text = entry.content.decode(errors="replace").replace("\\", "\\\\").replace("\n", "\\n")
            lines.append(f"f {entry.mode & 0o7777:o} {owner} {path} {text}")
        for key, value in sorted(entry.xattrs.items()):
            lines[-1] += f" [{key}={value.decode()}]"
        if entry.kind == "file" and entry.mtime >= BUILT_AFTER:
            lines[-1] += " (new)"
        elif entry.kind == "file" and entry.mtime not in (CONTEXT_TIME, ARCHIVE_TIME):
            lines[-1] += f" (of {entry.mtime})"
    return "\n".join(lines)
