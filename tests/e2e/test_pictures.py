"""What is drawn rather than listed: trees of images and of steps, a build's graph, layers on a
terminal."""

import re
import xml.etree.ElementTree as ElementTree

from lib.terminal import Terminal

APP = "FROM base\nCOPY big /big\nENV A=1\n"
STAGES = (
    "FROM base AS tools\nCOPY small /tool\n"
    "FROM base\nCOPY --from=tools /tool /used\nENV TEXT='<&>'\n"
)


def two_images_on_one_base(estiba, context):
    context.write("small", "x" * 1000)
    context.write("big", "y" * 100_000)
    estiba.build(context.dockerfile("FROM scratch\nCOPY small /small\n"), tag="base")
    estiba.build(context.dockerfile(APP), tag="app")
    estiba.ok("tag", "app", "app:1.0")
    estiba.build(context.dockerfile("FROM base\nCOPY small /again\n"), tag="other")


def test_images_are_drawn_on_what_they_share(estiba, context):
    two_images_on_one_base(estiba, context)
    drawn = re.sub(r"\b[0-9a-f]{12}\b", "ID", estiba.ok("images", "--tree").out)
    assert drawn == (
        "base:latest  ID               2.56kB   1 layer\n"
        "├─ app:1.0, app:latest  ID    +102kB   1 layer\n"
        "└─ other:latest  ID          +2.56kB   1 layer\n"
        "\n"
        "3 images, 3 layers: 107kB; without sharing 112kB\n"
    )


def test_history_is_drawn_from_the_base_upwards(estiba, context):
    two_images_on_one_base(estiba, context)
    assert estiba.ok("history", "--tree", "app").out == (
        "base:latest              2.56kB\n"
        "└─ COPY small /small     2.56kB   █\n"
        "app:1.0, app:latest    +101.9kB\n"
        "├─ COPY big /big        101.9kB   ████████████\n"
        "└─ ENV A=1\n"
    )


def test_a_build_is_drawn_with_its_stages_and_what_was_cached(estiba, context, tmp_path):
    two_images_on_one_base(estiba, context)
    picture = tmp_path / "build.svg"
    context.dockerfile(STAGES)
    estiba.build(context, "--graph", picture)
    assert "tools" in picture.read_text()
    estiba.build(context, "--graph", picture)
    drawing = ElementTree.parse(picture).getroot()
    name = "{http://www.w3.org/2000/svg}"
    classes = [group.get("class") for group in drawing.iter(name + "g")]
    assert len(classes) == 5 and classes.count("cached") == 3  # FROM is carried out in no time
    assert len(drawing.findall(name + "path")) == 1  # from one stage to the other
    graph = tmp_path / "build.dot"
    estiba.build(context, "--graph", graph)
    assert graph.read_text().count(" -> ") == 4
    assert "ends with .svg or .dot" in estiba.fails("build", "--graph", "x.png", context).err


def layered(estiba, context):
    context.write("a", "a" * 3000)
    context.write("b", "b" * 2000)
    estiba.build(context.dockerfile("FROM scratch\nCOPY a /d/file\nCOPY b /d/file\nCOPY a /e\n"))


def test_explore_tells_a_pipe_what_is_wasted(estiba, context):
    layered(estiba, context)
    text = estiba.ok("explore", "demo").out
    assert text.startswith("demo: 3 layers, 8kB of files, 3kB wasted, 62% efficient\n")
    assert re.search(r"^3kB +/d/file$", text, re.M)


def test_explore_is_a_browser_on_a_terminal(estiba, context):
    layered(estiba, context)
    terminal = Terminal(estiba, "explore", "demo")
    terminal.expect("62% efficient")
    terminal.expect("q leave")
    terminal.type("j")  # the second layer
    terminal.expect("▸ d")  # only what differs is drawn anew
    terminal.type("\t ")  # into its files, and into the directory
    terminal.expect("▾")
    terminal.type("w")
    terminal.expect("WASTED")
    terminal.type("q")
    assert terminal.wait() == 0
