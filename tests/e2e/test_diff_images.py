"""`estiba diff A B`: what became of one image in another."""

REMOVE_AND_ADD = "RUN rm /etc/group && cd /opt && printf x > \"$(printf 'odd\\nname')\""


def build_two(estiba, folder):
    context = folder / "context"
    context.mkdir()
    (context / "app.conf").write_text("one\n")
    for tag, lines in (
        ("v1", ["COPY app.conf /etc/app.conf", "RUN mkdir /opt && echo 1 > /opt/version"]),
        ("v2", ["COPY app.conf /etc/app.conf", "RUN mkdir /opt && echo 20 > /opt/version",
                REMOVE_AND_ADD, "ENV MODE=new"]),
    ):
        (context / "Dockerfile").write_text("\n".join(["FROM busybox", *lines]) + "\n")
        estiba.build(context, tag=f"app:{tag}")


def test_two_images_are_compared(busybox, tmp_path):
    build_two(busybox, tmp_path)
    out = busybox.ok("diff", "app:v1", "app:v2").out
    parts = {part.splitlines()[0]: part.splitlines()[1:] for part in out.split("\n\n")}
    assert parts["Configuration"] == ["A ENV MODE: new"]
    assert parts["Files"] == [
        "D /etc/group (39B)", "A /opt/odd\\x0aname (1B)", "C /opt/version (2B -> 3B)"]
    assert parts["Instructions"][0].startswith("C ")
    assert parts["Instructions"][-1].startswith("A ")
    assert "Packages" not in parts


def test_an_image_does_not_differ_from_itself(busybox):
    assert busybox.ok("diff", "busybox", "busybox").out == ""


def test_what_is_no_image_is_said_to_be_none(busybox):
    assert "nothing-there" in busybox.fails("diff", "busybox", "nothing-there").text
