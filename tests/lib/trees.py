"""Trees of many files, and what a tree is, in every respect that an image keeps."""

import hashlib
import os
import random
import stat
import sys

SEED = 20_000


def make_many_files(folder, count, total_bytes):
    """`count` files of varied sizes in some hundred folders, the same ones each time."""
    chooser = random.Random(SEED)
    mean = total_bytes // count
    block = chooser.randbytes(1 << 20)
    for number in range(count):
        if number % 100 == 0:
            parent = folder / f"d{number // 1000:02}" / f"e{number // 100:03}"
            parent.mkdir(parents=True)
        size = min(int(chooser.expovariate(1 / mean)), len(block))
        start = chooser.randrange(len(block) - size + 1)
        (parent / f"file{number}.dat").write_bytes(block[start : start + size])


def make_varied_tree(folder):
    """One of each thing that a layer can hold, with owners, modes, times and xattrs."""
    folder.mkdir()
    (folder / "empty").write_bytes(b"")
    (folder / "small").write_bytes(b"small")
    for size in (511, 512, 513, 4095, 4096, 4097, 1_000_003):
        (folder / f"size{size}").write_bytes(bytes(i * 7 % 251 for i in range(size)))
    (folder / "deep").mkdir()
    os.link(folder / "small", folder / "deep" / "hard link")
    os.symlink("../small", folder / "deep" / "link")
    os.symlink("x" * 1000, folder / "long link")
    (folder / "empty folder").mkdir(mode=0o700)
    (folder / ("n" * 255)).write_bytes(b"long name")
    (folder / "ñandú").write_bytes("ñ".encode())
    os.mkfifo(folder / "pipe")
    os.mknod(folder / "device", 0o620 | stat.S_IFCHR, os.makedev(1, 3))
    os.setxattr(folder / "small", "user.one", b"1")
    os.setxattr(folder / "small", "user.binary", bytes(range(256)))
    os.setxattr(folder / "deep", "user.folder", b"f" * 1000)
    os.chown(folder / "size512", 1234, 65_534_000)
    os.chown(folder / "long link", 5, 6, follow_symlinks=False)
    os.chmod(folder / "size513", 0o6755)
    os.chmod(folder / "deep", 0o1777)
    many = folder / "many"
    many.mkdir()
    for number in range(700):
        (many / f"entry-{number:04}").write_bytes(str(number).encode())
    os.utime(folder / "size511", (1, 981_173_106))
    os.utime(folder / "long link", (1, 1_234_567_890), follow_symlinks=False)


def describe_tree(folder):
    """path -> everything about it: kind, mode, owner, time, size, link, content, xattrs, links."""
    found = {}
    groups = {}
    for parent, folders, files in os.walk(os.fsencode(folder)):
        for name in folders + files:
            path = os.path.join(parent, name)
            status = os.lstat(path)
            relative = os.path.relpath(path, os.fsencode(folder))
            content = link = device = None
            if stat.S_ISREG(status.st_mode):
                with open(path, "rb") as file:
                    content = hashlib.file_digest(file, "sha256").hexdigest()
                if status.st_nlink > 1:
                    groups.setdefault((status.st_dev, status.st_ino), []).append(relative)
            elif stat.S_ISLNK(status.st_mode):
                link = os.readlink(path)
            elif stat.S_ISCHR(status.st_mode) or stat.S_ISBLK(status.st_mode):
                device = status.st_rdev
            xattrs = {
                key: os.getxattr(path, key, follow_symlinks=False)
                for key in os.listxattr(path, follow_symlinks=False)
                if not key.startswith("trusted.overlay.")
            }
            size = status.st_size if content is not None else None
            found[relative] = (
                stat.S_IFMT(status.st_mode), stat.S_IMODE(status.st_mode), status.st_uid,
                status.st_gid, int(status.st_mtime), size, link, device, content,
                sorted(xattrs.items()),
            )
    return found, sorted(sorted(group) for group in groups.values())


if __name__ == "__main__":
    print(repr(describe_tree(sys.argv[1])))
