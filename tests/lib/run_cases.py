"""RUN, its mounts and what stands around it as a table: as copy_cases.py, on a small base.

The expected lines are those of the files that the base does not have. `a`, `d/x`, `d/s/y`, `xa` and
`dx/xattr` are in every context.
"""

from lib.copy_cases import FAILS, Case

TREE = {"a": "a", "d/x": "x", "d/s/y": ("f", 0o2755, "y"), "xa": ("x", "attr", {"user.k": b"v"}),
        "dx/xattr": "q"}
# BuildKit of 2021 leaves the folders that it mounts on; later ones clean up.
MOUNT_POINTS = "mount points stayed in the layer"
HEREDOCS = "heredocs came with 1.4"

CASES = []


def case(name, dockerfile, expected="", files=TREE, newer=""):
    base = "" if "FROM " in dockerfile else "FROM busybox\n"
    CASES.append(Case(name, files, base + dockerfile + "\n", expected, newer=newer))


case("run append", "COPY a /a\nRUN echo b >> /a",
     "f 644 0:0 a ab\\n (new)")
case("run delete and copy", "COPY d /d\nRUN rm -r /d/s\nCOPY a /d/s/",
     "d 755 0:0 d\nd 755 0:0 d/s\nf 644 0:0 d/s/a a\nf 644 0:0 d/x x")
case("run dir to file", "COPY d /d\nRUN rm -r /d && echo f > /d",
     "f 644 0:0 d f\\n (new)")
case("run file to dir", "COPY a /a\nRUN rm /a && mkdir /a && echo f > /a/f",
     "d 755 0:0 a\nf 644 0:0 a/f f\\n (new)")
case("run symlink dir", "RUN mkdir /r && ln -s r /l\nCOPY a /l/\nCOPY d /l",
     "l 0:0 l r\nd 755 0:0 r\nf 644 0:0 r/a a\nd 755 0:0 r/s\nf 2755 0:0 r/s/y y\n"
     "f 644 0:0 r/x x")
case("run chmod only", "COPY a /a\nRUN chmod 600 /a && chown 5:6 /a",
     "f 600 5:6 a a")
case("run opaque", "COPY d /d\nRUN rm -r /d && mkdir /d && echo n > /d/n",
     "d 755 0:0 d\nf 644 0:0 d/n n\\n (new)")
case("run hardlink", "COPY a /a\nRUN ln /a /b",
     "f 644 0:0 a a\nf 644 0:0 b a")
case("run sticky", "RUN mkdir -m 1777 /t && mkdir -m 2755 /g && touch /g/x",
     "d 2755 0:0 g\nf 644 0:0 g/x  (new)\nd 1777 0:0 t")
case("run setuid", "RUN touch /s && chmod 4755 /s && chown 3:3 /s",
     "f 755 3:3 s  (new)")
case("run umask", "RUN umask 077; touch /u; mkdir /ud",
     "f 600 0:0 u  (new)\nd 700 0:0 ud")
case("run heredoc env", "ENV A=1\nARG B=2\nRUN env | grep -E \"^(A|B|HOME|PATH|PWD)=\" | sort > /e",
     "f 644 0:0 e A=1\\nB=2\\nHOME=/root\\nPATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\\nPWD=/\\n (new)")
case("run user", "USER 7:8\nWORKDIR /tmp/q\nRUN id -u > x; id -g >> x; pwd >> x; umask >> x",
     "d 755 7:8 tmp/q\nf 644 7:8 tmp/q/x 7\\n8\\n/tmp/q\\n0022\\n (new)")
case("run home", "USER 7\nRUN echo $HOME > /tmp/h",
     "f 644 7:0 tmp/h /\\n (new)")
case("run shell", "SHELL [\"/bin/sh\",\"-ec\"]\nRUN echo $0 > /z",
     "f 644 0:0 z /bin/sh\\n (new)")
case("run exec", "RUN [\"/bin/sh\",\"-c\",\"echo $HOME > /z\"]",
     "f 644 0:0 z /root\\n (new)")
case("run arg in exec", "ARG Q=1\nRUN [\"/bin/sh\",\"-c\",\"echo $Q > /z\"]",
     "f 644 0:0 z 1\\n (new)")
case("mount bind", "RUN --mount=type=bind,target=/m cp /m/a /z; ls /m > /l",
     "f 644 0:0 l Dockerfile\\na\\nd\\ndx\\nxa\\n (new)\nf 644 0:0 z a (new)", newer=MOUNT_POINTS)
case("mount bind source", "RUN --mount=type=bind,source=d,target=/m ls /m > /l",
     "f 644 0:0 l s\\nx\\n (new)", newer=MOUNT_POINTS)
case("mount bind file", "RUN --mount=type=bind,source=a,target=/m cat /m > /l",
     "f 644 0:0 l a (new)", newer=MOUNT_POINTS)
case("mount bind rw", "RUN --mount=type=bind,target=/m,rw echo z > /m/a && cat /m/a > /l\nCOPY a /a",
     "f 644 0:0 a a\nf 644 0:0 l z\\n (new)", newer=MOUNT_POINTS)
case("mount bind ro", "RUN --mount=type=bind,target=/m touch /m/z",
     FAILS)
case("mount bind from name", "FROM busybox AS n\nCOPY a /q/a\nFROM busybox\n"
     "RUN --mount=from=n,source=/q,target=/m ls -l /m | grep -c a > /l",
     "f 644 0:0 l 2\\n (new)", newer=MOUNT_POINTS)
case("mount cache", "RUN --mount=type=cache,target=/c echo 1 > /c/x\n"
     "RUN --mount=type=cache,target=/c cat /c/x > /l",
     "f 644 0:0 l 1\\n (new)", newer=MOUNT_POINTS)
case("mount cache id", "RUN --mount=type=cache,id=i1,target=/c echo 1 > /c/x\n"
     "RUN --mount=type=cache,id=i1,target=/e cat /e/x > /l",
     "f 644 0:0 l 1\\n (new)", newer=MOUNT_POINTS)
case("mount cache mode", "RUN --mount=type=cache,id=m9,target=/c,mode=0711,uid=3,gid=4 stat -c \"%a %u %g\" /c > /l",
     "f 644 0:0 l 711 3 4\\n (new)", newer=MOUNT_POINTS)
case("mount cache ro", "RUN --mount=type=cache,target=/ro,ro touch /ro/x",
     FAILS)
case("mount tmpfs", "RUN --mount=type=tmpfs,target=/t stat -f -c %T /t > /l; touch /t/x",
     "f 644 0:0 l tmpfs\\n (new)", newer=MOUNT_POINTS)
case("mount secret required", "RUN --mount=type=secret,id=s,required true",
     FAILS)
case("mount point kept", "RUN --mount=type=tmpfs,target=/new/deep touch /new/deep/x",
     "", newer=MOUNT_POINTS)
case("mount over dir", "COPY d /d\nRUN --mount=type=tmpfs,target=/d touch /d/x",
     "d 755 0:0 d\nd 755 0:0 d/s\nf 2755 0:0 d/s/y y\nf 644 0:0 d/x x")
case("mount workdir rel", "WORKDIR /w\nRUN --mount=type=bind,target=m ls m > l",
     "d 755 0:0 w\nf 644 0:0 w/l Dockerfile\\na\\nd\\ndx\\nxa\\n (new)", newer=MOUNT_POINTS)
case("volume before run", "RUN mkdir /v && echo 1 > /v/x\nVOLUME /v\nRUN rm /v/x",
     "d 755 0:0 v")
case("workdir link", "RUN mkdir /r && ln -s /r /l\nWORKDIR /l/w\nCOPY a .",
     "l 0:0 l /r\nd 755 0:0 r\nd 755 0:0 r/w\nf 644 0:0 r/w/a a")
case("copy abs link dest", "RUN ln -s /etc /l\nCOPY a /l/z",
     "f 644 0:0 etc/z a\nl 0:0 l /etc")
case("copy link chain", "RUN mkdir /r; ln -s /r /l1; ln -s l1 /l2\nCOPY d /l2/",
     "l 0:0 l1 /r\nl 0:0 l2 l1\nd 755 0:0 r\nd 755 0:0 r/s\nf 2755 0:0 r/s/y y\n"
     "f 644 0:0 r/x x")
case("copy chown name", "RUN echo \"u:x:9:10::/:/x\" >> /etc/passwd; echo \"g:x:11:\" >> /etc/group\n"
     "COPY --chown=u a /a\nCOPY --chown=u:g a /b\nCOPY --chown=:g a /c",
     "f 644 9:10 a a\nf 644 9:11 b a\nf 644 0:11 c a\n"
     "f 644 0:0 etc/group root:x:0:\\napp:x:1000:\\nextra:x:1001:app\\ng:x:11:\\n (new)\n"
     "f 644 0:0 etc/passwd root:x:0:0:root:/root:/bin/sh\\napp:x:1000:1000::/home:/bin/sh\\nu:x:9:10::/:/x\\n (new)")
case("copy chown root name", "COPY --chown=root:root a /a",
     "f 644 0:0 a a")
case("onbuild", "FROM busybox AS o\nONBUILD COPY a /ob\nONBUILD RUN echo 1 >> /ob\nFROM o\n"
     "RUN echo 2 >> /ob",
     "f 644 0:0 ob a1\\n2\\n (new)")
case("arg default chain", "ARG A=busybox\nARG B=$A\nFROM $B\nARG A\nARG C=${A}-x\nRUN echo $A $C > /l",
     "f 644 0:0 l busybox busybox-x\\n (new)")
case("args platform", "ARG TARGETPLATFORM\nARG BUILDPLATFORM\nARG TARGETOS\nARG TARGETARCH\nARG TARGETVARIANT\n"
     "RUN echo $TARGETPLATFORM $BUILDPLATFORM $TARGETOS $TARGETARCH [$TARGETVARIANT] > /l",
     "f 644 0:0 l linux/amd64 linux/amd64 linux amd64 []\\n (new)")
case("user expand", "ARG U=4\nUSER $U\nRUN id -u > /tmp/x",
     "f 644 4:0 tmp/x 4\\n (new)")
case("dot source", "WORKDIR /w\nCOPY ./d/. .",
     "d 755 0:0 w\nd 755 0:0 w/s\nf 2755 0:0 w/s/y y\nf 644 0:0 w/x x")
case("copy dir onto link to dir", "RUN mkdir -p /r/s; ln -s /r /d\nCOPY d /d",
     "l 0:0 d /r\nd 755 0:0 r\nd 755 0:0 r/s\nf 2755 0:0 r/s/y y\nf 644 0:0 r/x x")
case("heredoc", "RUN echo a\\\n b > /h",
     "f 644 0:0 h a b\\n (new)")
case("run timestamps", "RUN touch -d \"2010-01-01 00:00:00\" /f && mkdir /dd && touch -d \"2011-01-01 00:00:00\" /dd/g",
     "d 755 0:0 dd\nf 644 0:0 dd/g  (of 1293840000)\nf 644 0:0 f  (of 1262304000)")
case("a step after a volume", "RUN mkdir /v\nVOLUME /v\nRUN echo 1 > /v/x\nCOPY a /v/a",
     "d 755 0:0 v\nf 644 0:0 v/a a\nf 644 0:0 v/x 1\\n (new)")
case("a hidden base folder", "RUN rm -r /bin/nothing; mkdir -p /q/w && echo 1 > /q/w/f\nRUN rm -r /q/w\nRUN mkdir /q/w",
     "d 755 0:0 q\nd 755 0:0 q/w")
case("a folder moved", "COPY d /d\nRUN mv /d /e",
     "d 755 0:0 e\nd 755 0:0 e/s\nf 2755 0:0 e/s/y y\nf 644 0:0 e/x x")
case("a link replaced", "RUN ln -s /a /l\nRUN rm /l && echo f > /l",
     "f 644 0:0 l f\\n (new)")
case("a link to a missing folder", "RUN ln -s nowhere /l && echo 1 > /nowhere\nCOPY a /z",
     "l 0:0 l nowhere\nf 644 0:0 nowhere 1\\n (new)\nf 644 0:0 z a")
case("a sparse file", "RUN dd if=/dev/zero of=/s bs=1 count=1 seek=70000 2>/dev/null && stat -c %s /s > /n && rm /s",
     "f 644 0:0 n 70001\\n (new)")
case("heredoc script", "RUN <<E\necho 1 > /h\necho 2 >> /h\nE",
     "f 644 0:0 h 1\\n2\\n (new)", newer=HEREDOCS)
case("heredoc with a shebang", "RUN <<E\n#!/bin/sh -e\necho $0 | grep -c . > /h\nE",
     "f 644 0:0 h 1\\n (new)", newer=HEREDOCS)
case("heredoc as input", "ARG V=9\nRUN cat <<E > /h\n$V\nE",
     "f 644 0:0 h 9\\n (new)", newer=HEREDOCS)
case("quoted heredoc as input", "RUN cat <<'E' > /h\n$V\nE",
     "f 644 0:0 h $V\\n (new)", newer=HEREDOCS)
case("two heredocs", "RUN cat <<A > /h && cat <<B >> /h\n1\nA\n2\nB",
     "f 644 0:0 h 1\\n2\\n (new)", newer=HEREDOCS)
case("cache private", "RUN --mount=type=cache,target=/c,sharing=private echo 1 > /c/x\n"
     "RUN --mount=type=cache,target=/c,sharing=private cat /c/x > /l",
     "f 644 0:0 l 1\\n (new)", newer=MOUNT_POINTS)
case("cache from a stage", "FROM busybox AS s\nCOPY d /d\nFROM busybox\n"
     "RUN --mount=type=cache,from=s,source=/d,target=/c,id=cs ls /c > /l",
     "f 644 0:0 l s\\nx\\n (new)", newer=MOUNT_POINTS)
case("cache owner", "USER 5\nWORKDIR /w\n"
     "RUN --mount=type=cache,target=/c,uid=5,id=own touch /c/x && ls /c > l",
     "d 755 5:5 w\nf 644 5:0 w/l x\\n (new)", newer=MOUNT_POINTS)
case("two mounts", "RUN --mount=type=bind,source=a,target=/m/a --mount=type=bind,source=d,target=/m/d find /m | sort > /l",
     "f 644 0:0 l /m\\n/m/a\\n/m/d\\n/m/d/s\\n/m/d/s/y\\n/m/d/x\\n (new)", newer=MOUNT_POINTS)
case("mount target from a variable", "ARG M=/mm\nRUN --mount=type=bind,target=$M ls $M/a > /l",
     "f 644 0:0 l /mm/a\\n (new)", newer=MOUNT_POINTS)
case("tmpfs size", "RUN --mount=type=tmpfs,target=/t,size=65536 head -c 200000 /dev/zero > /t/f || echo full > /l",
     "f 644 0:0 l full\\n (new)", newer=MOUNT_POINTS)
case("ignored files are not mounted", "RUN --mount=type=bind,target=/m test ! -e /m/a && test -e /m/d/x && echo ok > /l",
     "f 644 0:0 l ok\\n (new)", files={**TREE, ".dockerignore": "a\n"}, newer=MOUNT_POINTS)
case("a mount hides the image", "COPY d /d\nRUN --mount=type=tmpfs,target=/d test ! -e /d/x\nRUN cat /d/x > /l",
     "d 755 0:0 d\nd 755 0:0 d/s\nf 2755 0:0 d/s/y y\nf 644 0:0 d/x x\nf 644 0:0 l x (new)", newer=MOUNT_POINTS)
case("a secret for others", "RUN --mount=type=secret,id=none,target=/s test ! -e /s && echo absent > /l",
     "f 644 0:0 l absent\\n (new)", newer=MOUNT_POINTS)
case("shell with ONBUILD", "FROM busybox AS s\nSHELL [\"/bin/sh\",\"-xc\"]\nONBUILD RUN echo 1 > /ob\nFROM s",
     "f 644 0:0 ob 1\\n (new)")
case("ARG is part of the environment", "ARG A=1\nENV A=2\nRUN echo $A > /l\nARG A=3\nRUN echo $A >> /l",
     "f 644 0:0 l 2\\n3\\n (new)")
case("undefined stays empty", "RUN echo [$NOPE] > /l",
     "f 644 0:0 l []\\n (new)")
case("predefined proxy", "RUN echo [$HTTP_PROXY] > /l",
     "f 644 0:0 l []\\n (new)")
case("exit in a pipe", "RUN false | true && echo on > /l",
     "f 644 0:0 l on\\n (new)")
