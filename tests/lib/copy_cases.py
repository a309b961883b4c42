"""COPY, ADD and their neighbours as a table: a context, a Dockerfile, the image that comes out.

A file of a context is its text, or ("f", mode, text), ("d", mode), ("l", target), ("h", path) for
a hard link, ("t", {...}) for a tar archive of such entries. FAILS stands where no image may come
out. A line of a result is KIND MODE OWNER PATH and what the file holds or the link names.
"""

from dataclasses import dataclass, field

FAILS = "fails"


@dataclass
class Case:
    name: str
    files: dict
    dockerfile: str
    expected: str
    arguments: dict = field(default_factory=dict)
    # What the older BuildKit of Debian's docker.io does not know yet, or does otherwise.
    newer: str = ""

    def __str__(self):
        return self.name


TREE = {
    "a.txt": "a",
    "b.txt": "b",
    "dir": ("d", 0o750),
    "dir/file": ("f", 0o640, "file"),
    "dir/sub": ("d", 0o700),
    "dir/sub/deep": "deep",
    "link": ("l", "a.txt"),
    "dlink": ("l", "dir"),
    "exe": ("f", 0o4755, "exe"),
}

CASES = []


def case(name, dockerfile, expected="", files=TREE, **more):
    CASES.append(Case(name, files, dockerfile.strip("\n") + "\n", expected.strip("\n"), **more))


# Where a source goes.
case("file to a name", "FROM scratch\nCOPY a.txt /x", "f 644 0:0 x a")
case("file to a folder", "FROM scratch\nCOPY a.txt /x/", "d 755 0:0 x\nf 644 0:0 x/a.txt a")
case("file to the root", "FROM scratch\nCOPY a.txt /", "f 644 0:0 a.txt a")
case("file to a folder that is there", "FROM scratch\nCOPY dir /x\nCOPY a.txt /x",
     "d 755 0:0 x\nf 644 0:0 x/a.txt a\nf 640 0:0 x/file file\nd 700 0:0 x/sub\nf 644 0:0 x/sub/deep deep")
case("file over a file", "FROM scratch\nCOPY a.txt /x\nCOPY b.txt /x", "f 644 0:0 x b")
case("file below folders to be made", "FROM scratch\nCOPY a.txt /x/y/z",
     "d 755 0:0 x\nd 755 0:0 x/y\nf 644 0:0 x/y/z a")
case("file below a file", "FROM scratch\nCOPY a.txt /x\nCOPY b.txt /x/", FAILS)
case("file over a folder by content", "FROM scratch\nCOPY dir /x\nCOPY over /x/", FAILS,
     files={**TREE, "over": ("d", 0o755), "over/sub": "a file"})
case("folder over a file", "FROM scratch\nCOPY over /x/\nCOPY dir /x/", FAILS,
     files={**TREE, "over": ("d", 0o755), "over/sub": "a file"})
case("folder over a link to a folder", "FROM scratch\nCOPY one /\nCOPY two /", FAILS,
     files={"one/real/f": "1", "one/maybe": ("l", "real"), "two/maybe/g": "2"})
case("link over a folder", "FROM scratch\nCOPY two /\nCOPY one /", FAILS,
     files={"one/real/f": "1", "one/maybe": ("l", "real"), "two/maybe/g": "2"})
case("folder gives its content", "FROM scratch\nCOPY dir /x",
     "d 755 0:0 x\nf 640 0:0 x/file file\nd 700 0:0 x/sub\nf 644 0:0 x/sub/deep deep")
case("folder with slashes", "FROM scratch\nCOPY dir/ /x/",
     "d 755 0:0 x\nf 640 0:0 x/file file\nd 700 0:0 x/sub\nf 644 0:0 x/sub/deep deep")
case("folder to the root", "FROM scratch\nCOPY dir /",
     "f 640 0:0 file file\nd 700 0:0 sub\nf 644 0:0 sub/deep deep")
case("a nested folder takes the attributes of its source",
     "FROM scratch\nCOPY two /x/\nCOPY dir /x/",
     "d 755 0:0 x\nf 640 0:0 x/file file\nd 700 0:0 x/sub\nf 644 0:0 x/sub/deep deep\nf 644 0:0 x/sub/other o",
     files={**TREE, "two/sub": ("d", 0o777), "two/sub/other": "o"})
case("several sources", "FROM scratch\nCOPY a.txt dir b.txt /x/",
     "d 755 0:0 x\nf 644 0:0 x/a.txt a\nf 644 0:0 x/b.txt b\nf 640 0:0 x/file file\nd 700 0:0 x/sub\nf 644 0:0 x/sub/deep deep")
case("several sources of one name", "FROM scratch\nCOPY p/f q/f /x/", "d 755 0:0 x\nf 644 0:0 x/f 2",
     files={"p/f": "1", "q/f": "2"})
case("JSON sources with blanks", 'FROM scratch\nCOPY ["a file", "/x y"]', "f 644 0:0 x y 1",
     files={"a file": "1"})
case("quoted blanks mean nothing", 'FROM scratch\nCOPY "a file" /x', FAILS, files={"a file": "1"})
case("a source that is missing", "FROM scratch\nCOPY nothing /x", FAILS)
case("one missing source of several", "FROM scratch\nCOPY a.txt nothing /x/", FAILS)
case("parent directories are stripped", "FROM scratch\nCOPY ../a.txt /x", "f 644 0:0 x a")
case("absolute sources are those of the context", "FROM scratch\nCOPY /dir/file /x", "f 640 0:0 x file")
case("dots in sources", "FROM scratch\nCOPY ./dir/./sub/../file /x", "f 640 0:0 x file")
case("destination with dots", "FROM scratch\nCOPY a.txt /x/../y/./z", "d 755 0:0 y\nf 644 0:0 y/z a")

# WORKDIR.
case("relative destinations", "FROM scratch\nWORKDIR /w\nCOPY a.txt x\nCOPY b.txt y/\nCOPY a.txt .",
     "d 755 0:0 w\nf 644 0:0 w/a.txt a\nf 644 0:0 w/x a\nd 755 0:0 w/y\nf 644 0:0 w/y/b.txt b")
case("destination ..", "FROM scratch\nWORKDIR /w/v\nCOPY a.txt ..\nCOPY b.txt ../",
     "d 755 0:0 w\nf 644 0:0 w/a.txt a\nf 644 0:0 w/b.txt b\nd 755 0:0 w/v",
     newer="'..' without a slash was a name")
case("workdirs add up", "FROM scratch\nWORKDIR /a\nWORKDIR b\nWORKDIR ../c/\nCOPY a.txt .",
     "d 755 0:0 a\nd 755 0:0 a/b\nd 755 0:0 a/c\nf 644 0:0 a/c/a.txt a")
case("workdir with variables", "FROM scratch\nENV P=/p\nWORKDIR $P/q\nCOPY a.txt $P/q/${N:-n}",
     "d 755 0:0 p\nd 755 0:0 p/q\nf 644 0:0 p/q/n a")
case("workdir belongs to USER", "FROM scratch\nUSER 7:8\nWORKDIR /w/v\nCOPY a.txt .",
     "d 755 7:8 w\nd 755 7:8 w/v\nf 644 0:0 w/v/a.txt a")
case("workdir of a user by number", "FROM scratch\nUSER 7\nWORKDIR /w", "d 755 7:7 w")
case("workdir keeps what is there", "FROM scratch\nCOPY --chown=5:6 dir /w\nUSER 7\nWORKDIR /w",
     "d 755 5:6 w\nf 640 5:6 w/file file\nd 700 5:6 w/sub\nf 644 5:6 w/sub/deep deep")
case("workdir by name", "FROM scratch\nCOPY etc /etc\nUSER app\nWORKDIR /w",
     "d 755 0:0 etc\nf 644 0:0 etc/group app:x:43:\nf 644 0:0 etc/passwd app:x:42:43::/:/x\nd 755 42:43 w",
     files={"etc/passwd": "app:x:42:43::/:/x", "etc/group": "app:x:43:"})

# Links, modes, owners.
case("a named link is followed", "FROM scratch\nCOPY link /x", "f 644 0:0 x a")
case("a named link keeps its name", "FROM scratch\nCOPY link /x/", "d 755 0:0 x\nf 644 0:0 x/link a")
case("a named link to a folder", "FROM scratch\nCOPY dlink /x",
     "d 755 0:0 x\nf 640 0:0 x/file file\nd 700 0:0 x/sub\nf 644 0:0 x/sub/deep deep")
case("a path through a link", "FROM scratch\nCOPY dlink/sub/deep /x", "f 644 0:0 x deep")
case("links in folders stay links", "FROM scratch\nCOPY . /x",
     "d 755 0:0 x\nl 0:0 x/to_nothing nowhere\nl 0:0 x/up ../../etc",
     files={"to_nothing": ("l", "nowhere"), "up": ("l", "../../etc"), ".dockerignore": "Dockerfile\n.dockerignore"})
case("a dangling link is missing", "FROM scratch\nCOPY d /x", FAILS, files={"d": ("l", "nowhere")})
case("links of the context end in the context", "FROM scratch\nCOPY out /x", "f 644 0:0 x inside",
     files={"out": ("l", "/etc/hosts.of.this"), "etc/hosts.of.this": "inside"})
case("a link over a link", "FROM scratch\nCOPY one /\nCOPY two /",
     "l 0:0 l b", files={"one/l": ("l", "a"), "two/l": ("l", "b")})
case("a file replaces a link", "FROM scratch\nCOPY one /\nCOPY two /",
     "f 644 0:0 l text\nf 644 0:0 target t",
     files={"one/l": ("l", "target"), "one/target": "t", "two/l": "text"})
case("a destination that is a link to a file", "FROM scratch\nCOPY one /\nCOPY two/l /l",
     "l 0:0 l target\nf 644 0:0 target text",
     files={"one/l": ("l", "target"), "one/target": "t", "two/l": "text"})
case("a destination that is a link to a folder", "FROM scratch\nCOPY one /\nCOPY a /l/\nCOPY b /l",
     "d 755 0:0 d\nf 644 0:0 d/a 1\nf 644 0:0 d/b 2\nf 644 0:0 d/f f\nl 0:0 l d",
     files={"one/l": ("l", "d"), "one/d/f": "f", "a": "1", "b": "2"})
case("a destination below an absolute link", "FROM scratch\nCOPY one /\nCOPY a /l/x/y",
     "d 755 0:0 d\nf 644 0:0 d/f f\nd 755 0:0 d/x\nf 644 0:0 d/x/y 1\nl 0:0 l /d",
     files={"one/l": ("l", "/d"), "one/d/f": "f", "a": "1"})
case("a destination link that climbs out", "FROM scratch\nCOPY one /\nCOPY a /l/x",
     "d 755 0:0 d\nf 644 0:0 d/x 1\nl 0:0 l ../../../d",
     files={"one/l": ("l", "../../../d"), "a": "1"})
case("a dangling destination link", "FROM scratch\nCOPY one /\nCOPY a /l",
     "l 0:0 l new\nf 644 0:0 new 1", files={"one/l": ("l", "new"), "a": "1"})
case("setuid is kept", "FROM scratch\nCOPY exe /x", "f 4755 0:0 x exe")
case("hard links", "FROM scratch\nCOPY d /x", "d 755 0:0 x\nf 644 0:0 x/a 1\nf 644 0:0 x/b 1",
     files={"d/a": "1", "d/b": ("h", "d/a")})
case("owners of the context do not count", "FROM scratch\nCOPY owned /x", "f 644 0:0 x o",
     files={"owned": ("f", 0o644, "o", 12, 34)})
case("chown by numbers", "FROM scratch\nCOPY --chown=1:2 dir a.txt /x/",
     "d 755 1:2 x\nf 644 1:2 x/a.txt a\nf 640 1:2 x/file file\nd 700 1:2 x/sub\nf 644 1:2 x/sub/deep deep")
case("chown by one number", "FROM scratch\nCOPY --chown=3 a.txt /x", "f 644 3:3 x a")
case("chown of folders on the way", "FROM scratch\nCOPY --chown=3:4 a.txt /x/y/", "d 755 3:4 x\nd 755 3:4 x/y\nf 644 3:4 x/y/a.txt a")
case("chown leaves folders that are there", "FROM scratch\nCOPY dir /x\nCOPY --chown=3:4 a.txt /x/",
     "d 755 0:0 x\nf 644 3:4 x/a.txt a\nf 640 0:0 x/file file\nd 700 0:0 x/sub\nf 644 0:0 x/sub/deep deep")
case("chown by names", "FROM scratch\nCOPY etc /etc\nCOPY --chown=app:web etc/group /1\nCOPY --chown=app etc/group /2\n"
     "COPY --chown=9:web etc/group /3\nCOPY --chown=app:9 etc/group /4",
     "f 644 42:44 1 web:x:44:\nf 644 42:43 2 web:x:44:\nf 644 9:44 3 web:x:44:\nf 644 42:9 4 web:x:44:\n"
     "d 755 0:0 etc\nf 644 0:0 etc/group web:x:44:\nf 644 0:0 etc/passwd app:x:42:43::/:/x",
     files={"etc/passwd": "app:x:42:43::/:/x", "etc/group": "web:x:44:"})
case("chown with variables", "FROM scratch\nARG U=5\nENV G=6\nCOPY --chown=$U:$G a.txt /x", "f 644 5:6 x a")
case("chown of links", "FROM scratch\nCOPY --chown=5:6 d /x", "d 755 5:6 x\nl 5:6 x/l y",
     files={"d/l": ("l", "y")})
case("stages keep owners", "FROM scratch AS s\nCOPY --chown=5:6 dir /d\nFROM scratch\nCOPY --from=s /d /x",
     "d 755 0:0 x\nf 640 5:6 x/file file\nd 700 5:6 x/sub\nf 644 5:6 x/sub/deep deep")
case("chmod in octal", "FROM scratch\nCOPY --chmod=0751 a.txt /x", "f 751 0:0 x a")
case("chmod of folders", "FROM scratch\nCOPY --chmod=711 dir /x",
     "d 711 0:0 x\nf 711 0:0 x/file file\nd 711 0:0 x/sub\nf 711 0:0 x/sub/deep deep",
     newer="new destinations kept 755")
case("chmod with setuid", "FROM scratch\nCOPY --chmod=6755 a.txt /x", "f 6755 0:0 x a",
     newer="only permissions were set")
case("chmod leaves folders that are there", "FROM scratch\nCOPY dir /x\nCOPY --chmod=600 a.txt /x/",
     "d 755 0:0 x\nf 600 0:0 x/a.txt a\nf 640 0:0 x/file file\nd 700 0:0 x/sub\nf 644 0:0 x/sub/deep deep")
case("chmod of what is no mode", "FROM scratch\nCOPY --chmod=999 a.txt /x", FAILS, newer="any value was taken")
case("chmod beyond all bits", "FROM scratch\nCOPY --chmod=17777 a.txt /x", FAILS, newer="any value was taken")
SYMBOLIC = "symbolic modes came with 1.14"
case("chmod u+x", "FROM scratch\nCOPY --chmod=u+x a.txt /x", "f 744 0:0 x a", newer=SYMBOLIC)
case("chmod go=", "FROM scratch\nCOPY --chmod=go= a.txt /x", "f 600 0:0 x a", newer=SYMBOLIC)
case("chmod a=rX", "FROM scratch\nCOPY --chmod=a=rX dir exe /x/",
     "d 755 0:0 x\nf 555 0:0 x/exe exe\nf 444 0:0 x/file file\nd 555 0:0 x/sub\nf 444 0:0 x/sub/deep deep",
     newer=SYMBOLIC)
case("chmod g=u,o-r", "FROM scratch\nCOPY --chmod=g=u,o-r a.txt /x", "f 660 0:0 x a", newer=SYMBOLIC)
case("chmod of nobody", "FROM scratch\nCOPY --chmod=u+q a.txt /x", FAILS, newer="any value was taken")
case("chmod with variables", "FROM scratch\nARG M=700\nCOPY --chmod=$M a.txt /x", "f 700 0:0 x a",
     newer="--chmod did not expand")

# Attributes that are not in every file. (The time of each file is compared in all cases.)
ATTRIBUTES = {"f": ("x", "1", {"user.one": b"1", "user.two": b"2"}),
              "d": ("d", 0o755, {"user.d": b"3"}), "d/g": ("x", "2", {"user.g": b"4"})}
case("a file keeps extended attributes", "FROM scratch\nCOPY f /x",
     "f 644 0:0 x 1 [user.one=1] [user.two=2]", files=ATTRIBUTES)
case("a stage keeps extended attributes",
     "FROM scratch AS s\nCOPY f /f\nCOPY d /d\nFROM scratch\nCOPY --from=s / /x/",
     "d 755 0:0 x\nd 755 0:0 x/d\nf 644 0:0 x/d/g 2 [user.g=4]\n"
     "f 644 0:0 x/f 1 [user.one=1] [user.two=2]", files=ATTRIBUTES)
case("nested folders keep extended attributes", "FROM scratch\nCOPY . /x/",
     "d 755 0:0 x\nd 755 0:0 x/d [user.d=3]\nf 644 0:0 x/d/g 2 [user.g=4]\n"
     "f 644 0:0 x/f 1 [user.one=1] [user.two=2]",
     files={**ATTRIBUTES, ".dockerignore": "Dockerfile\n.dockerignore"})
case("owner and mode leave extended attributes", "FROM scratch\nCOPY --chown=1:2 --chmod=600 f /x",
     "f 600 1:2 x 1 [user.one=1] [user.two=2]", files=ATTRIBUTES)

# Wildcards.
case("star", "FROM scratch\nCOPY *.txt /x/", "d 755 0:0 x\nf 644 0:0 x/a.txt a\nf 644 0:0 x/b.txt b")
case("question mark and class", "FROM scratch\nCOPY ?.txt /x/\nCOPY [b-z].txt /y/",
     "d 755 0:0 x\nf 644 0:0 x/a.txt a\nf 644 0:0 x/b.txt b\nd 755 0:0 y\nf 644 0:0 y/b.txt b")
case("star matches hidden files", "FROM scratch\nCOPY * /x/", "d 755 0:0 x\nf 644 0:0 x/.h 1",
     files={".h": "1", ".dockerignore": "Dockerfile\n.dockerignore"})
case("star in a folder's name gives contents", "FROM scratch\nCOPY d* /x/",
     "d 755 0:0 x\nf 644 0:0 x/1 1\nf 644 0:0 x/2 2", files={"d1/1": "1", "d2/2": "2"})
case("star in the middle", "FROM scratch\nCOPY d*/x/f /y/", "d 755 0:0 y\nf 644 0:0 y/f 2",
     files={"d1/x/f": "1", "d2/x/f": "2", "d3/f": "3"})
case("two stars are one", "FROM scratch\nCOPY **/f /y/", "d 755 0:0 y\nf 644 0:0 y/f 1",
     files={"d1/f": "1", "d2/x/f": "2"})
case("wildcards that match one file to a name", "FROM scratch\nCOPY a*.txt /x", "f 644 0:0 x a")
case("wildcards that match nothing beside a file", "FROM scratch\nCOPY a.txt none* /x/", "d 755 0:0 x\nf 644 0:0 x/a.txt a")
case("wildcards that match nothing", "FROM scratch\nCOPY a.txt /a\nCOPY none* /x/", "f 644 0:0 a a")
case("wildcards below nothing", "FROM scratch\nCOPY none/* /x/", FAILS)
case("wildcards do not pass through links", "FROM scratch\nCOPY */f /x/", "d 755 0:0 x\nf 644 0:0 x/f 1",
     files={"d/f": "1", "l": ("l", "other/deep"), "other/deep/f": "2"})
case("escaped brackets", "FROM scratch\nCOPY [[]x]/f /y", "f 644 0:0 y 1", files={"[x]/f": "1", "x/f": "2"})
case("wildcards from a variable", "FROM scratch\nARG W\nCOPY $W /x/", "d 755 0:0 x\nf 644 0:0 x/a.txt a\nf 644 0:0 x/b.txt b",
     arguments={"W": "*.txt"})
case("malformed wildcards", "FROM scratch\nCOPY [a /x/", FAILS, newer="they matched nothing")

# .dockerignore.
IGNORED = {"a": "1", "b": "2", "d/a": "3", "d/b": "4", "d/e/a": "5"}


def ignoring(name, rules, dockerfile, expected, **more):
    case(f"ignore {name}", dockerfile, expected,
         files={**IGNORED, ".dockerignore": rules + "\nDockerfile\n.dockerignore\n"}, **more)


ALL = "FROM scratch\nCOPY . /"
ignoring("nothing", "# all stays", ALL, "f 644 0:0 a 1\nf 644 0:0 b 2\nd 755 0:0 d\nf 644 0:0 d/a 3\nf 644 0:0 d/b 4\nd 755 0:0 d/e\nf 644 0:0 d/e/a 5")
ignoring("a name at the top", "a", ALL, "f 644 0:0 b 2\nd 755 0:0 d\nf 644 0:0 d/a 3\nf 644 0:0 d/b 4\nd 755 0:0 d/e\nf 644 0:0 d/e/a 5")
ignoring("a name with a slash", "/a", ALL, "f 644 0:0 b 2\nd 755 0:0 d\nf 644 0:0 d/a 3\nf 644 0:0 d/b 4\nd 755 0:0 d/e\nf 644 0:0 d/e/a 5")
ignoring("a name anywhere", "**/a", ALL, "f 644 0:0 b 2\nd 755 0:0 d\nf 644 0:0 d/b 4\nd 755 0:0 d/e")
ignoring("one level down", "*/a", ALL, "f 644 0:0 a 1\nf 644 0:0 b 2\nd 755 0:0 d\nf 644 0:0 d/b 4\nd 755 0:0 d/e\nf 644 0:0 d/e/a 5")
ignoring("a folder", "d/", ALL, "f 644 0:0 a 1\nf 644 0:0 b 2")
ignoring("a folder's content", "d/*", ALL, "f 644 0:0 a 1\nf 644 0:0 b 2\nd 755 0:0 d")
ignoring("all but one", "*\n!d/e", ALL, "d 755 0:0 d\nd 755 0:0 d/e\nf 644 0:0 d/e/a 5")
ignoring("all but one file", "**\n!d/e/a", ALL, "d 755 0:0 d\nd 755 0:0 d/e\nf 644 0:0 d/e/a 5")
ignoring("an exception before its rule", "!a\na", ALL, "f 644 0:0 b 2\nd 755 0:0 d\nf 644 0:0 d/a 3\nf 644 0:0 d/b 4\nd 755 0:0 d/e\nf 644 0:0 d/e/a 5")
ignoring("an exception to an exception", "d\n!d/e\nd/e/a", ALL, "f 644 0:0 a 1\nf 644 0:0 b 2\nd 755 0:0 d\nd 755 0:0 d/e",)
ignoring("a source by name", "a", "FROM scratch\nCOPY a /", FAILS)
ignoring("a source's folder", "d", "FROM scratch\nCOPY d/a /", FAILS)
ignoring("a folder that is named", "d", "FROM scratch\nCOPY d /x", FAILS)
ignoring("a folder with an exception that is named", "d\n!d/b", "FROM scratch\nCOPY d /x", "d 755 0:0 x\nf 644 0:0 x/b 4")
ignoring("what wildcards match", "a", "FROM scratch\nCOPY * /x/", "d 755 0:0 x\nf 644 0:0 x/a 3\nf 644 0:0 x/b 4\nd 755 0:0 x/e\nf 644 0:0 x/e/a 5")
ignoring("not what a stage holds", "a", "FROM scratch AS s\nCOPY b /a\nFROM scratch\nCOPY --from=s /a /x", "f 644 0:0 x 2")
ignoring("by class", "[ab]", ALL, "d 755 0:0 d\nf 644 0:0 d/a 3\nf 644 0:0 d/b 4\nd 755 0:0 d/e\nf 644 0:0 d/e/a 5")
ignoring("with blanks and dots", "  ./a  \n\nd/../b", ALL, "d 755 0:0 d\nf 644 0:0 d/a 3\nf 644 0:0 d/b 4\nd 755 0:0 d/e\nf 644 0:0 d/e/a 5")

# ADD of archives.
ARCHIVE = ("t", {"top": ("f", 0o640, "1", 5, 6), "sub": ("d", 0o711), "sub/f": "2", "sub/l": ("l", "f")})
case("archive", "FROM scratch\nADD x.tar /d/", "d 755 0:0 d\nd 711 0:0 d/sub\nf 644 0:0 d/sub/f 2\nl 0:0 d/sub/l f\nf 640 5:6 d/top 1", files={"x.tar": ARCHIVE})
case("archive to a name", "FROM scratch\nADD x.tar /d", "d 755 0:0 d\nd 711 0:0 d/sub\nf 644 0:0 d/sub/f 2\nl 0:0 d/sub/l f\nf 640 5:6 d/top 1", files={"x.tar": ARCHIVE})
case("archive by another name", "FROM scratch\nADD x.txt /d/", "d 755 0:0 d\nd 711 0:0 d/sub\nf 644 0:0 d/sub/f 2\nl 0:0 d/sub/l f\nf 640 5:6 d/top 1", files={"x.txt": ARCHIVE})
case("archive with owner", "FROM scratch\nADD --chown=8:9 x.tar /d/", "d 755 8:9 d\nd 711 8:9 d/sub\nf 644 8:9 d/sub/f 2\nl 8:9 d/sub/l f\nf 640 8:9 d/top 1", files={"x.tar": ARCHIVE}, newer="archives kept their owners")
case("what is no archive", "FROM scratch\nADD x.tar /d/", "d 755 0:0 d\nf 644 0:0 d/x.tar text", files={"x.tar": "text"})
case("archive over a file", "FROM scratch\nADD a /d\nADD x.tar /d", FAILS, files={"a": "1", "x.tar": ARCHIVE})
case("archive replaces a folder by a file", "FROM scratch\nCOPY d /\nADD x.tar /", "f 644 0:0 sub 1",
     files={"d/sub/f": "0", "x.tar": ("t", {"sub": "1"})})
case("archive replaces a file by a folder", "FROM scratch\nCOPY d /\nADD x.tar /", "d 755 0:0 sub\nf 644 0:0 sub/f 1",
     files={"d/sub": "0", "x.tar": ("t", {"sub": ("d", 0o755), "sub/f": "1"})})
case("archive replaces a link by a folder", "FROM scratch\nCOPY d /\nADD x.tar /", "d 755 0:0 real\nf 644 0:0 real/g 0\nd 755 0:0 sub\nf 644 0:0 sub/f 1",
     files={"d/sub": ("l", "real"), "d/real/g": "0", "x.tar": ("t", {"sub": ("d", 0o755), "sub/f": "1"})})
case("archive writes through a link", "FROM scratch\nCOPY d /\nADD x.tar /", "d 755 0:0 real\nf 644 0:0 real/f 1\nf 644 0:0 real/g 0\nl 0:0 sub real",
     files={"d/sub": ("l", "real"), "d/real/g": "0", "x.tar": ("t", {"sub/f": "1"})})
case("archive's absolute links end in the destination", "FROM scratch\nADD x.tar /t", "d 755 0:0 t\nd 755 0:0 t/etc\nf 644 0:0 t/etc/f 1\nl 0:0 t/l /etc",
     files={"x.tar": ("t", {"l": ("l", "/etc"), "etc": ("d", 0o755), "l/f": "1"})})
case("archive without folders", "FROM scratch\nADD x.tar /", "d 755 0:0 p\nd 755 0:0 p/q\nf 644 0:0 p/q/f 1", files={"x.tar": ("t", {"p/q/f": "1"})})
case("archive with hard links", "FROM scratch\nADD x.tar /d", "d 755 0:0 d\nf 644 0:0 d/a 1\nf 644 0:0 d/b 1", files={"x.tar": ("t", {"a": "1", "b": ("h", "a")})})
case("archive by wildcard", "FROM scratch\nADD *.tar /d/", "d 755 0:0 d\nf 644 0:0 d/a 1\nf 644 0:0 d/b 2", files={"x.tar": ("t", {"a": "1"}), "y.tar": ("t", {"b": "2"})})
case("archives below a folder stay", "FROM scratch\nADD d /x", "d 755 0:0 x\nf 644 0:0 x/f 1", files={"d/f": "1"})

# Flags of later versions.
LATER = "a flag of a later version"
case("unpack can be refused", "FROM scratch\nADD --unpack=false a.txt /x", "f 644 0:0 x a", newer=LATER)
case("exclude", "FROM scratch\nCOPY --exclude=*.txt . /x", "d 755 0:0 x\nd 755 0:0 x/d\nf 644 0:0 x/d/c.txt 3\nf 644 0:0 x/e 4", newer=LATER,
     files={"a.txt": "1", "d/c.txt": "3", "e": "4", ".dockerignore": "Dockerfile\n.dockerignore"})
case("exclude anywhere", "FROM scratch\nCOPY --exclude=**/*.txt --exclude=e . /x", "d 755 0:0 x\nd 755 0:0 x/d", newer=LATER,
     files={"a.txt": "1", "d/c.txt": "3", "e": "4", ".dockerignore": "Dockerfile\n.dockerignore"})
case("exclude with an exception", "FROM scratch\nCOPY --exclude=d --exclude=!d/k d0 /x", "d 755 0:0 x\nd 700 0:0 x/d\nf 644 0:0 x/d/k 2", newer=LATER,
     files={"d0/d": ("d", 0o700), "d0/d/c": "1", "d0/d/k": "2"})
case("exclude is below the source", "FROM scratch\nCOPY --exclude=sub/deep dir /x", "d 755 0:0 x\nf 640 0:0 x/file file\nd 700 0:0 x/sub", newer=LATER)
case("exclude from a stage", "FROM scratch AS s\nCOPY dir /d\nFROM scratch\nCOPY --from=s --exclude=sub /d /x", "d 755 0:0 x\nf 640 0:0 x/file file", newer=LATER)
case("parents", "FROM scratch\nCOPY --parents dir/sub/deep a.txt /x/", "d 755 0:0 x\nf 644 0:0 x/a.txt a\nd 750 0:0 x/dir\nd 700 0:0 x/dir/sub\nf 644 0:0 x/dir/sub/deep deep", newer=LATER)
case("parents with a pivot", "FROM scratch\nCOPY --parents dir/./sub/deep /x/", "d 755 0:0 x\nd 700 0:0 x/sub\nf 644 0:0 x/sub/deep deep", newer=LATER)
case("parents with wildcards", "FROM scratch\nCOPY --parents **/f /x/", "d 755 0:0 x\nd 755 0:0 x/d1\nf 644 0:0 x/d1/f 1\nd 755 0:0 x/d2\nd 755 0:0 x/d2/e\nf 644 0:0 x/d2/e/f 2", newer=LATER,
     files={"d1/f": "1", "d1/g": "0", "d2/e/f": "2", "d3/g": "0"})
case("parents of a folder", "FROM scratch\nCOPY --parents dir/sub /x/", "d 755 0:0 x\nd 750 0:0 x/dir\nd 700 0:0 x/dir/sub\nf 644 0:0 x/dir/sub/deep deep", newer=LATER)
case("parents of what is missing", "FROM scratch\nCOPY --parents dir/none /x/", FAILS)
case("parents of wildcards that match nothing", "FROM scratch\nCOPY --parents dir/none* /x/", "d 755 0:0 x", newer=LATER)
case("parents and exclude", "FROM scratch\nCOPY --parents --exclude=**/deep dir /x/", "d 755 0:0 x\nd 750 0:0 x/dir\nf 640 0:0 x/dir/file file\nd 700 0:0 x/dir/sub", newer=LATER)
case("link", "FROM scratch\nCOPY --link --chown=1:2 a.txt /x/y/", "d 755 1:2 x\nd 755 1:2 x/y\nf 644 1:2 x/y/a.txt a", newer=LATER)
case("link does not look below", "FROM scratch\nCOPY one /\nCOPY --link a /l/", "d 755 0:0 d\nf 644 0:0 d/f f\nd 755 0:0 l\nf 644 0:0 l/a 1", newer=LATER,
     files={"one/l": ("l", "d"), "one/d/f": "f", "a": "1"})

# Heredocs.
HEREDOC = "heredocs came with 1.4"
case("heredoc", "FROM scratch\nCOPY <<E /x\nhello\nE", "f 644 0:0 x hello\\n (new)", newer=HEREDOC)
case("heredoc by its name", "FROM scratch\nCOPY <<E /d/\nhello\nE", "d 755 0:0 d\nf 644 0:0 d/E hello\\n (new)", newer=HEREDOC)
case("several heredocs", "FROM scratch\nCOPY <<A <<B a.txt /d/\n1\nA\n2\nB", "d 755 0:0 d\nf 644 0:0 d/A 1\\n (new)\nf 644 0:0 d/B 2\\n (new)\nf 644 0:0 d/a.txt a", newer=HEREDOC)
case("heredoc expands", "FROM scratch\nARG V=1\nCOPY <<E /x\n$V ${W:-w} \\$V\nE", "f 644 0:0 x 1 w $V\\n (new)", newer=HEREDOC)
case("quoted heredoc does not expand", "FROM scratch\nARG V=1\nCOPY <<'E' /x\n$V \\$V\nE", "f 644 0:0 x $V \\\\$V\\n (new)", newer=HEREDOC)
case("heredoc strips tabs", "FROM scratch\nCOPY <<-E /x\n\t\ta\n\tE", "f 644 0:0 x a\\n (new)", newer=HEREDOC)
case("heredoc with flags", "FROM scratch\nADD --chown=1:2 --chmod=700 <<E /x\na\nE", "f 700 1:2 x a\\n (new)", newer=HEREDOC)

# Stages and instructions.
case("a stage by number", "FROM scratch\nCOPY a.txt /\nFROM scratch\nCOPY --from=0 /a.txt /x", "f 644 0:0 x a")
case("a stage by a name in capitals", "FROM scratch AS One\nCOPY a.txt /\nFROM scratch\nCOPY --from=ONE /a.txt /x", "f 644 0:0 x a")
case("a stage on a stage", "FROM scratch AS s\nCOPY a.txt /\nFROM s\nCOPY b.txt /", "f 644 0:0 a.txt a\nf 644 0:0 b.txt b")
case("a stage copies into itself", "FROM scratch AS s\nCOPY dir /d\nWORKDIR /w\nFROM s\nCOPY --from=s d/file .", "d 755 0:0 d\nf 640 0:0 d/file file\nd 700 0:0 d/sub\nf 644 0:0 d/sub/deep deep\nd 755 0:0 w\nf 640 0:0 w/file file")
case("links of a stage end in it", "FROM scratch AS s\nCOPY one /\nFROM scratch\nCOPY --from=s /l /x", "f 644 0:0 x f", files={"one/l": ("l", "/d/f"), "one/d/f": "f"})
case("wildcards in a stage", "FROM scratch AS s\nCOPY dir /d\nFROM scratch\nCOPY --from=s /d/f* /x/", "d 755 0:0 x\nf 640 0:0 x/file file")
case("a stage that is unknown", "FROM scratch\nCOPY --from=7 /a /b", FAILS)
case("a volume takes no part in COPY", "FROM scratch\nCOPY a.txt /v/a\nVOLUME /v\nCOPY b.txt /v/b", "d 755 0:0 v\nf 644 0:0 v/a a\nf 644 0:0 v/b b")
case("escape by directive", "# escape=`\nFROM scratch\nCOPY a.txt `\n  /x", "f 644 0:0 x a")
case("comments inside an instruction", "FROM scratch\nCOPY a.txt \\\n# why\n  /x", "f 644 0:0 x a")
case("instructions in lower case", "from scratch\ncopy a.txt /x", "f 644 0:0 x a")
case("arguments of the head are not those of a stage", "ARG N=1\nFROM scratch\nCOPY a.txt /x$N", "f 644 0:0 x a")
case("arguments of the head can be taken over", "ARG N=1\nFROM scratch\nARG N\nCOPY a.txt /x$N", "f 644 0:0 x1 a")
case("of ENV and ARG the later one counts",
     "FROM scratch\nENV N=1\nARG N=2\nCOPY a.txt /x$N\nENV N=3\nCOPY a.txt /x$N\nARG N\nCOPY b.txt /y$N",
     "f 644 0:0 x2 a\nf 644 0:0 x3 a\nf 644 0:0 y3 b")
case("ARG beats the ENV of the stage below",
     "FROM scratch AS s\nENV N=1\nFROM s\nARG N=2\nCOPY a.txt /x$N", "f 644 0:0 x2 a")
case("ARG without a value keeps the one before",
     "FROM scratch\nARG N=1\nARG N\nCOPY a.txt /x$N", "f 644 0:0 x1 a")
case("ENV beats ARG", "FROM scratch\nARG N=1\nENV N=2\nCOPY a.txt /x$N", "f 644 0:0 x2 a", arguments={"N": "3"})
case("ARG reaches a stage that stands on its own", "FROM scratch AS s\nARG N=1\nFROM s\nCOPY a.txt /x$N", "f 644 0:0 x1 a")
case("an unknown instruction", "FROM scratch\nCOPYY a.txt /x", FAILS)
case("an unknown flag", "FROM scratch\nCOPY --chwon=1 a.txt /x", FAILS)
case("COPY of an address", "FROM scratch\nCOPY https://x.test/a /x", FAILS)
case("a checksum of a file", "FROM scratch\nADD --checksum=sha256:0 a.txt /x", FAILS)
case("nothing but scratch", "FROM scratch", "")
case("a signal that is none", "FROM scratch\nSTOPSIGNAL NOPE", FAILS)
case("a signal by number", "FROM scratch\nCOPY a.txt /x\nSTOPSIGNAL 9", "f 644 0:0 x a")
