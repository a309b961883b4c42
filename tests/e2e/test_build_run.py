"""RUN: steps that execute in the image and whose changes become its layers."""

from pathlib import Path

from lib.program import processes_with_argument
from lib.tars import saved


def build(estiba, context, lines, *flags):
    context.dockerfile("FROM busybox\n" + lines + "\n")
    return estiba.build(context, *flags)


def test_a_step_changes_the_file_system(busybox, context):
    build(busybox, context, "RUN echo hello > /greeting")
    assert busybox.run("demo", "cat", "/greeting") == "hello\n"


def test_the_layer_of_a_step_holds_only_its_changes(busybox, context):
    build(busybox, context, "RUN mkdir -p /srv/x && echo 1 > /srv/x/f && chmod 750 /srv/x")
    changes = dict(saved(busybox, "demo").layer(1))
    assert {path for path, entry in changes.items() if entry.kind == "file"} == {"srv/x/f"}
    assert changes["srv/x"].mode & 0o7777 == 0o750
    assert not [path for path in changes if path.startswith(("proc/", "sys/", "dev/"))]


def test_a_deleted_file_leaves_a_whiteout(busybox, context):
    build(busybox, context, "RUN rm /etc/group")
    image = saved(busybox, "demo")
    assert "etc/.wh.group" in dict(image.layer(1))
    assert "etc/group" not in image.root_file_system()
    assert busybox("run", "--rm", "demo", "test", "-e", "/etc/group").code == 1


def test_a_folder_made_anew_hides_what_it_held(busybox, context):
    build(
        busybox, context,
        "RUN mkdir /d && touch /d/old\nRUN rm -r /d && mkdir /d && touch /d/new",
    )
    assert busybox.run("demo", "ls", "/d") == "new\n"
    tree = saved(busybox, "demo").root_file_system()
    assert "d/new" in tree
    assert "d/old" not in tree


def test_hard_links_owners_modes_and_special_files_survive(busybox, context):
    build(
        busybox, context,
        "RUN echo x > /a && ln /a /b && chown 12:34 /a && chmod 4711 /a && mkfifo /pipe",
    )
    out = busybox.run("demo", "stat", "-c", "%h %u %g %a %F", "/a", "/b", "/pipe")
    assert out.splitlines() == [
        "2 12 34 4711 regular file", "2 12 34 4711 regular file", "1 0 0 644 fifo",
    ]


def test_the_exec_form_needs_no_shell(busybox, context):
    build(busybox, context, 'RUN ["/bin/touch", "/with $HOME literally"]')
    assert "with $HOME literally" in saved(busybox, "demo").root_file_system()


def test_shell_changes_what_runs_the_shell_form(busybox, context):
    build(busybox, context, 'SHELL ["/bin/ash", "-x", "-c"]\nRUN echo $- > /flags')
    assert "x" in busybox.run("demo", "cat", "/flags")


def test_a_step_sees_env_workdir_and_user(busybox, context):
    build(
        busybox, context,
        "ENV COLOUR=red\nWORKDIR /home\nUSER app\nRUN echo $COLOUR $(pwd) $(id -u) $(id -g) > f",
    )
    assert busybox.run("demo", "cat", "/home/f") == "red /home 1000 1000\n"


def test_a_step_has_home_and_path(busybox, context):
    build(busybox, context, "RUN echo $HOME $PATH > /f")
    home, path = busybox.run("demo", "cat", "/f").split()
    assert home == "/root"
    assert "/bin" in path.split(":")


def test_background_processes_do_not_outlive_their_step(busybox, context):
    build(busybox, context, "RUN (sleep 36547 &) ; echo done")
    assert not processes_with_argument("36547")


def test_what_a_step_prints_is_shown(busybox, context):
    result = build(busybox, context, "RUN echo to-out; echo to-err >&2")
    assert "to-out" in result.text
    assert "to-err" in result.text


def test_without_a_network_there_is_only_loopback(busybox, context):
    build(busybox, context, "RUN ls /sys/class/net > /nets", "--network", "none")
    assert busybox.run("demo", "cat", "/nets").split() == ["lo"]


def test_times_of_files_made_by_a_step_survive(busybox, context):
    build(busybox, context, "RUN touch -d '2001-02-03 04:05:06' /old")
    assert busybox.run("demo", "stat", "-c", "%Y", "/old") == "981173106\n"


def test_a_later_step_sees_what_earlier_ones_did(busybox, context):
    lines = "\n".join(f"RUN echo {i} >> /count" for i in range(12))
    build(busybox, context, lines)
    assert busybox.run("demo", "cat", "/count").split() == [str(i) for i in range(12)]


def test_names_and_resolver_of_the_host_cannot_be_written_by_a_step(busybox, context):
    files = [Path("/etc/hosts"), Path("/etc/resolv.conf"), Path("/etc/hostname")]
    before = [file.read_text() for file in files if file.exists()]
    names = " ".join(map(str, files))
    build(busybox, context, f"RUN for f in {names}; do echo '# step' >> $f || true; done")
    assert [file.read_text() for file in files if file.exists()] == before


def test_a_step_may_write_the_name_of_the_image(busybox, context):
    build(busybox, context, "RUN echo of-the-image > /etc/hostname")
    assert "etc/hostname" in saved(busybox, "demo").root_file_system()
