"""estiba bake: definitions in HCL, JSON and compose, built as one graph."""

import json

import pytest

from lib.program import TOP

HCL = """
variable "TAG" { default = "dev" }
variable "FAST" { default = false }
function "name" {
  params = [what]
  result = "shop/${lower(what)}:${TAG}"
}
group "default" { targets = ["app", "tool"] }
target "common" {
  args = { A = "1", B = FAST ? "fast" : "slow" }
  labels = { "org.example.tag" = TAG }
}
target "base" {
  dockerfile-inline = <<-END
    FROM busybox
    RUN echo base > /base
    ENV FROM_BASE=yes
  END
}
target "app" {
  inherits = ["common"]
  contexts = { base = "target:base" }
  dockerfile = "app.Dockerfile"
  args = { A = "2" }
  tags = [name("App")]
}
target "tool" {
  name = "tool-${item}"
  matrix = { item = ["one", "two"] }
  inherits = ["common"]
  dockerfile-inline = "FROM busybox\\nARG A\\nARG B\\nRUN echo shared > /shared\\nRUN echo ${item} $A $B > /made"
  tags = [name("tool-${item}")]
}
"""


@pytest.fixture
def project(busybox, tmp_path):
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "docker-bake.hcl").write_text(HCL)
    (folder / "app.Dockerfile").write_text(
        "FROM base\nARG A\nARG B\nRUN echo $A $B $FROM_BASE > /made\n")
    return busybox, folder


def printed(estiba, folder, *args, **options):
    return json.loads(estiba.ok("bake", "--print", *args, cwd=folder, **options).out)


def test_print_says_what_is_built(project):
    estiba, folder = project
    told = printed(estiba, folder)
    assert told["group"] == {"default": {"targets": ["app", "tool"]},
                             "tool": {"targets": ["tool-one", "tool-two"]}}
    assert told["target"]["app"] == {
        "context": ".", "contexts": {"base": "target:base"}, "dockerfile": "app.Dockerfile",
        "args": {"A": "2", "B": "slow"}, "labels": {"org.example.tag": "dev"},
        "tags": ["shop/app:dev"]}
    assert list(told["target"]) == ["app", "base", "tool-one", "tool-two"]
    other = printed(estiba, folder, "tool-one", "--set", "tool-*.args.A=9", "--set",
                    "*.platform=linux/arm64", "--set", "tool-one.output=type=registry",
                    env={"TAG": "v1", "FAST": "true"})
    assert other["group"] == {"default": {"targets": ["tool-one"]}}
    one = other["target"]["tool-one"]
    assert one["args"] == {"A": "9", "B": "fast"} and one["platforms"] == ["linux/arm64"]
    assert one["tags"] == ["shop/tool-one:v1"] and one["output"] == [{"type": "registry"}]


def test_all_targets_are_built_in_one_graph(project):
    estiba, folder = project
    result = estiba.ok("bake", "--metadata-file", "meta.json", cwd=folder)
    assert estiba.run("shop/app:dev", "cat", "/made").strip() == "2 slow yes"
    assert estiba.run("shop/tool-two:dev", "cat", "/made").strip() == "two 1 slow"
    # The step that both tools have ran once; whoever came second took it.
    assert result.out.count("RUN echo shared > /shared\n") == 2
    assert sum(line.endswith(" ---> Using cache") for line in result.out.splitlines()) >= 1
    lines = [line for line in result.out.splitlines() if line]
    assert all(" | " in line for line in lines), lines
    assert "app | Successfully tagged shop/app:dev" in lines
    meta = json.loads((folder / "meta.json").read_text())
    assert set(meta) == {"app", "tool-one", "tool-two"}
    assert estiba.image_id("shop/app:dev").startswith(
        meta["app"]["containerimage.config.digest"][:19])
    # Without the cache, too, equal steps run once.
    again = estiba.ok("bake", "--no-cache", "tool", cwd=folder)
    assert sum(line.endswith(" ---> Using cache") for line in again.out.splitlines()) == 3  # ARG, ARG, RUN
    estiba.check()


def test_a_failure_stops_all(project):
    estiba, folder = project
    (folder / "app.Dockerfile").write_text("FROM busybox\nRUN exit 7\n")
    (folder / "other.hcl").write_text(
        'group "default" { targets = ["app", "slow"] }\n'
        'target "app" { dockerfile = "app.Dockerfile" }\n'
        'target "slow" { dockerfile-inline = "FROM busybox\\nRUN sleep 60" }\n')
    result = estiba.fails("bake", "-f", "other.hcl", cwd=folder, timeout=50)
    assert "app: " in result.err and "RUN exit 7" in result.err


def test_compose_services_are_built(busybox, tmp_path):
    (tmp_path / ".env").write_text("WHO=env-file\n")
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "Dockerfile").write_text(
        "FROM busybox\nARG WHO\nARG MORE\nCOPY --from=files f /f\nRUN echo $WHO $MORE > /made\n")
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "f").write_text("a file")
    (tmp_path / "compose.yaml").write_text("""
x-args: &args
  WHO: ${WHO:-nobody}
services:
  web:
    image: shop/web
    build:
      context: web
      args: {<<: *args, MORE: "${UNSET:-word}"}
      additional_contexts: ["files=files"]
      labels: [a=b]
  db: {image: postgres}
  job.one:
    build: {dockerfile_inline: "FROM busybox", x-bake: {tags: [shop/job]}}
""")
    told = printed(busybox, tmp_path)
    assert told["group"]["default"]["targets"] == ["job_one", "web"] or \
        sorted(told["group"]["default"]["targets"]) == ["job_one", "web"]
    assert told["target"]["web"]["args"] == {"WHO": "env-file", "MORE": "word"}
    busybox.ok("buildx", "bake", cwd=tmp_path)
    assert busybox.run("shop/web", "cat", "/made", "/f").strip() == "env-file word\na file"
    assert busybox.image_id("shop/job") == busybox.image_id("busybox")


def test_json_and_overriding_files(busybox, tmp_path):
    (tmp_path / "docker-bake.json").write_text(json.dumps({
        "variable": {"V": {"default": "1"}},
        "group": {"all": {"targets": ["a"]}},
        "target": {"a": {"args": {"X": "${V}-x", "Y": "y"}, "tags": ["one"]}}}))
    (tmp_path / "docker-bake.override.hcl").write_text(
        'target "a" { args = { X = "over" }\n tags = ["two"] }\n')
    told = printed(busybox, tmp_path, "all")
    assert told["target"]["a"]["args"] == {"X": "over", "Y": "y"}
    assert told["target"]["a"]["tags"] == ["two"]
    assert told["group"]["all"] == {"targets": ["a"]}
    listed = busybox.ok("bake", "--list", "targets", cwd=tmp_path).out.splitlines()
    assert listed[0].split() == ["TARGET", "DESCRIPTION"] and listed[1].split() == ["all", "a"]


@pytest.mark.parametrize("text, message", [
    ('target "a" { tagz = ["x"] }', "f.hcl:1: a target has no key \"tagz\""),
    ('target "a" {\n  tags = [uper("x")]\n}', "f.hcl:2: there is no function \"uper\""),
    ('target "a" {\n  tags = [NOPE]\n}', "f.hcl:2: there is no variable \"NOPE\""),
    ('target "a" { contexts = { x = "target:a" } }', "needs itself"),
    ('target "a" { inherits = ["a"] }', "leads to itself"),
    ('target "a" { args = { X = "%{if true}y%{endif}" } }', "are not supported"),
    ('variable "V" { default = "${V}" }', "refers to itself"),
    ('target "a" { tags = ["x" }', "f.hcl:1: \"]\" expected"),
])
def test_what_is_wrong_is_told_with_its_place(busybox, tmp_path, text, message):
    (tmp_path / "f.hcl").write_text(text + "\n")
    result = busybox.fails("bake", "-f", "f.hcl", "--print", "a", cwd=tmp_path)
    assert message in result.err, str(result)
    if "f.hcl:" in message:
        assert "^" in result.err


def test_the_page_s_example_is_built(busybox, tmp_path):
    page = (TOP / "docs" / "bake.md").read_text()
    example = page.split("<!-- docker-bake.hcl -->\n```hcl\n")[1].split("```")[0]
    (tmp_path / "docker-bake.hcl").write_text(example)
    busybox.ok("bake", cwd=tmp_path, env={"TAG": "v1"})
    assert busybox.run("shop/app:v1", "cat", "/app").strip() == "common"
    assert busybox.run("shop/tool:large", "cat", "/tool").strip() == "LARGE"
