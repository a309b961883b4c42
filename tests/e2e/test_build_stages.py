"""Several stages in one Dockerfile."""

from lib.tars import saved


def test_a_stage_hands_files_to_a_later_one(busybox, context):
    context.dockerfile(
        "FROM busybox AS compile\nRUN echo artefact > /out\n"
        "FROM scratch\nCOPY --from=compile /out /bin/tool\n"
    )
    busybox.build(context)
    tree = saved(busybox, "demo").root_file_system()
    assert tree["bin/tool"].content == b"artefact\n"
    assert "etc/passwd" not in tree


def test_a_stage_may_be_named_by_its_number(busybox, context):
    context.dockerfile("FROM busybox\nRUN echo 0 > /f\nFROM scratch\nCOPY --from=0 /f /f\n")
    busybox.build(context)
    assert saved(busybox, "demo").root_file_system()["f"].content == b"0\n"


def test_a_stage_may_stand_on_an_earlier_one(busybox, context):
    context.dockerfile(
        "FROM busybox AS base\nENV A=1\nRUN touch /base\nFROM base\nRUN echo $A > /f\n"
    )
    busybox.build(context)
    assert busybox.run("demo", "sh", "-c", "ls /base; cat /f") == "/base\n1\n"


def test_target_ends_the_build_at_a_stage(busybox, context):
    context.dockerfile(
        "FROM busybox AS first\nRUN touch /first\nFROM busybox AS second\nRUN exit 9\n"
    )
    busybox.build(context, "--target", "first")
    assert "first" in saved(busybox, "demo").root_file_system()


def test_a_stage_that_the_target_does_not_need_is_not_run(busybox, context):
    context.dockerfile("FROM busybox AS unused\nRUN exit 9\nFROM busybox\nRUN touch /f\n")
    busybox.build(context)


def test_an_unknown_target_is_named(busybox, context):
    context.dockerfile("FROM busybox AS first\n")
    assert "nosuch" in busybox.fails("build", "--target", "nosuch", context).text


def test_a_wildcard_works_across_stages(busybox, context):
    context.dockerfile(
        "FROM busybox AS a\nRUN mkdir /o && echo 1 > /o/a.so && echo 2 > /o/b.so && touch /o/c\n"
        "FROM scratch\nCOPY --from=a /o/*.so /lib/\n"
    )
    busybox.build(context)
    files = [p for p, e in saved(busybox, "demo").root_file_system().items() if e.kind == "file"]
    assert sorted(files) == ["lib/a.so", "lib/b.so"]


def test_owners_and_links_survive_between_stages(busybox, context):
    context.dockerfile(
        "FROM busybox AS a\nRUN mkdir /o && echo x > /o/f && chown 7:8 /o/f && ln -s f /o/l\n"
        "FROM scratch\nCOPY --from=a /o /o\nCOPY --from=a --chown=9:9 /o/f /mine\n"
    )
    busybox.build(context)
    tree = saved(busybox, "demo").root_file_system()
    assert (tree["o/l"].kind, tree["o/l"].link) == ("symlink", "f")
    assert (tree["mine"].uid, tree["mine"].gid) == (9, 9)
    assert tree["o/f"].content == b"x\n"


def test_an_arg_before_from_names_the_base(busybox, context):
    context.dockerfile("ARG BASE=nosuch\nFROM ${BASE}\nRUN touch /f\n")
    busybox.build(context, "--build-arg", "BASE=busybox")
    assert "f" in saved(busybox, "demo").root_file_system()
