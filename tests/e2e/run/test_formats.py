"""What lists and inspections print by a template, and what the groups of commands are called."""

import json

import pytest

SLEEP = ("busybox", "sleep", "300")


@pytest.fixture(scope="module")
def web(box):
    box.ok("network", "create", "second")
    box.ok("run", "-d", "--name", "web", "-p", "127.0.0.1::80", "-l", "tier=front", "-l", "com.example.owner=me",
           "--network", "bridge", "--network", "second", "-e", "A=b", *SLEEP)
    yield "web"
    box.ok("rm", "-f", "web")
    box.ok("network", "rm", "second")


@pytest.fixture(autouse=True)
def tidy(box):
    yield
    others = [name for name in box.ok("ps", "-a", "--format", "{{.Names}}").out.split() if name != "web"]
    if others:
        box.ok("rm", "-f", *others)
    box.ok("volume", "prune", "-af")


# The first few are those of docker's own documentation.
@pytest.mark.parametrize("template, expected", [
    ("{{range $p, $conf := .NetworkSettings.Ports}}{{$p}} -> {{(index $conf 0).HostIp}} {{end}}", "80/tcp -> 127.0.0.1 "),
    ('{{(index (index .NetworkSettings.Ports "80/tcp") 0).HostIp}}', "127.0.0.1"),
    ("{{range $k, $v := .NetworkSettings.Networks}}{{$k}} {{end}}", "bridge second "),
    ("{{range .NetworkSettings.Networks}}{{len .MacAddress}} {{end}}", "17 17 "),
    ("{{json .Config.Labels}}", '{"com.example.owner":"me","tier":"front"}'),
    ('{{index .Config.Labels "com.example.owner"}}', "me"),
    ('{{index .Config.Labels "missing"}}', ""),
    ("{{if .State.Running}}up{{else}}down{{end}}", "up"),
    ("{{if .State.Paused}}paused{{else if .State.Running}}up{{else}}down{{end}}", "up"),
    ("{{with .State}}{{.Status}}{{end}}", "running"),
    ("{{$s := .State}}{{$s.Status}}/{{$.Name}}", "running//web"),
    ('{{$n := 0}}{{range .Config.Env}}{{$n = .}}{{end}}{{$n}}', "A=b"),
    ("{{range $i, $e := .Config.Cmd}}{{if $i}},{{end}}{{$e}}{{else}}none{{end}}", "sleep,300"),
    ('{{join .Config.Cmd "+"}} {{upper .State.Status}} {{title "a b"}}', "sleep+300 RUNNING A B"),
    ('{{.Name | printf "%-6s|"}}{{printf "%05d %q %v" 42 "x" true}}', '/web  |00042 "x" true'),
    ('{{split "a:b:c" ":" | len}} {{index (split "a:b" ":") 1}}', "3 b"),
    ('{{truncate .Name 3}}{{pad "x" 1 2}}.', "/we x  ."),
    ('{{eq .State.Status "exited" "running"}} {{ne 1 2}} {{lt 1 2}} {{ge 1 2}}', "true true true false"),
    ('{{and .Name .State.Running}} {{or "" "b"}} {{not true}}', "true b false"),
    ("{{slice .Name 1 3}} {{len .Config.Cmd}}", "we 2"),
    ("{{/* a comment */}}a {{- /* and trimming */ -}} b", "ab"),
    ("{{println .Name}}{{print 1 2}}", "/web\n1 2"),
])
def test_templates_say_what_go_would(box, web, template, expected):
    assert box.ok("inspect", "-f", template, web).out == expected + "\n"


@pytest.mark.parametrize("template, message", [
    ("{{.Nothing}}", "no such field"), ("{{if .Name}}", "missing {{end}}"), ("{{end}}", "unexpected {{end}}"),
    ("{{$x}}", "undefined variable"), ("{{nofunc .}}", "not defined"), ("{{index .Config.Cmd 9}}", "out of range"),
    ("{{.Name", "unclosed action"), ("{{range .Name}}{{end}}", "can't iterate"), ("{{lt 1}}", "wrong number of args"),
    ("{{printf}}", "wrong number of args"), ("{{$a, $b := .Name}}", "too many variables"),
])
def test_a_wrong_template_is_refused(box, web, template, message):
    assert message in box.fails("inspect", "-f", template, web).err


def test_tables_have_the_columns_asked_for(box, web):
    lines = box.ok("ps", "--format", "table {{.Names}}\t{{.State}}\t{{.Label \"tier\"}}").out.splitlines()
    assert lines[0].split() == ["NAMES", "STATE", "tier"] and lines[1].split() == ["web", "running", "front"]
    lines = box.ok("ps", "--format", r"table {{.ID}}\t{{.Networks}}").out.splitlines()
    assert lines[0].split() == ["CONTAINER", "ID", "NETWORKS"] and lines[1].split()[1] == "bridge,second"
    lines = box.ok("images", "--format", "table {{.Repository}}\t{{.Tag}}").out.splitlines()
    assert lines[0].split() == ["REPOSITORY", "TAG"] and ["busybox", "latest"] in [line.split() for line in lines]
    assert box.ok("history", "--format", "table {{.Size}}", "busybox").out.splitlines()[0].strip() == "SIZE"
    assert box.ok("volume", "ls", "--format", "table {{.Name}}").out.strip() == "VOLUME NAME"
    assert box.ok("system", "df", "--format", "{{.Type}}: {{.TotalCount}}").out.splitlines()[1] == "Containers: 1"
    assert json.loads(box.ok("ps", "--format", "json").out)["Names"] == "web"


def test_inspect_finds_what_has_the_name(box, web):
    box.ok("volume", "create", "findme")
    kinds = {name: box.ok("inspect", "-f", field, name).out.strip()
             for name, field in [("web", "{{.Name}}"), ("findme", "{{.Driver}}"), ("second", "{{.Driver}}")]}
    assert kinds == {"web": "/web", "findme": "local", "second": "bridge"}
    assert box.fails("inspect", "--type", "network", "findme").code == 1
    assert "No such image" in box.fails("image", "inspect", "web").err
    assert "No such container" in box.fails("container", "inspect", "busybox").err
    assert json.loads(box.ok("image", "inspect", "busybox").out)[0]["RepoTags"] == ["busybox:latest"]
    both = box("inspect", "web", "nosuch")
    assert both.code == 1 and len(json.loads(both.out)) == 1 and "No such object: nosuch" in both.err
    box.ok("volume", "rm", "findme")


@pytest.mark.parametrize("spelling", [
    ("container", "ls"), ("container", "list"), ("container", "ps"), ("image", "ls"), ("image", "list"),
    ("network", "list"), ("volume", "list")])
def test_lists_have_dockers_names(box, web, spelling):
    assert box.ok(*spelling, "-q").code == 0


def test_groups_have_all_commands(box, web):
    assert box.ok("container", "port", "web", "80").out.startswith("127.0.0.1:")
    assert "sleep" in box.ok("container", "top", "web").out
    box.ok("tag", "busybox", "gone")
    assert "untagged: gone:latest" in box.ok("image", "remove", "gone").text.lower()
    box.ok("volume", "create", "gone")
    box.ok("volume", "remove", "gone")
    box.ok("network", "create", "gone")
    box.ok("network", "remove", "gone")


def test_prunes_ask_first(box):
    box.ok("create", "--name", "stopped", *SLEEP)
    volume = box.ok("volume", "create").out.strip()
    asked = {
        ("container", "prune"): "This will remove all stopped containers.",
        ("volume", "prune"): "This will remove anonymous local volumes not used by at least one container.",
        ("volume", "prune", "-a"): "This will remove all local volumes",
        ("image", "prune"): "This will remove all dangling images.",
        ("image", "prune", "-a"): "all images without at least one container",
        ("network", "prune"): "all custom networks",
        ("system", "prune"): "  - all stopped containers\n  - all networks",
        ("builder", "prune"): "all dangling build cache",
    }
    for command, question in asked.items():
        refused = box(*command, stdin=b"no\n")
        assert refused.code == 1 and "Nothing was removed" in refused.err
        assert "WARNING! " in refused.out and question in refused.out
        assert refused.out.endswith("Are you sure you want to continue? [y/N] ")
    assert box.ok("ps", "-aq", "--filter", "name=stopped").out and volume in box.ok("volume", "ls", "-q").out


def test_what_nothing_uses_is_pruned_by_kind_and_filter(box):
    box.ok("create", "--name", "kept", "-l", "keep", *SLEEP)
    goes = box.ok("create", "--name", "goes", *SLEEP).out.strip()
    out = box.ok("container", "prune", "--filter", "label!=keep", stdin=b"y\n").out
    assert f"Deleted Containers:\n" in out and goes in out and "Total reclaimed space:" in out
    assert box.ok("container", "prune", "-f", "--filter", "until=1h").out == "Total reclaimed space: 0B\n"
    box.ok("volume", "create", "--label", "keep", "labelled")
    box.ok("volume", "create", "plain")
    pruned = box.ok("volume", "prune", "-af", "--filter", "label!=keep").out
    assert "plain" in pruned and "labelled" not in pruned
    box.ok("volume", "rm", "labelled")
    assert "Invalid filter" in box.fails("volume", "prune", "-f", "--filter", "moon=full").err


def test_system_prune_takes_all_kinds(box):
    container = box.ok("create", *SLEEP).out.strip()
    box.ok("network", "create", "unused")
    anonymous, named = box.ok("volume", "create").out.strip(), box.ok("volume", "create", "named").out.strip()
    out = box.ok("system", "prune", "-f").out
    assert container in out and "unused" in out and anonymous not in out
    out = box.ok("system", "prune", "-f", "--volumes").out
    assert anonymous in out and named not in out
    box.ok("volume", "rm", "named")
    assert box.ok("images", "-q").out  # what has a name stays


def test_df_tells_what_is_used_and_what_could_go(box, web):
    box.ok("run", "--name", "heavy", "--network", "none", "busybox", "sh", "-c", "head -c 2000000 /dev/zero > /big")
    rows = {row["Type"]: row for row in map(json.loads, box.ok("system", "df", "--format", "json").out.splitlines())}
    containers = rows["Containers"]
    assert (containers["TotalCount"], containers["Active"]) == ("2", "1")
    assert containers["Reclaimable"].startswith("2MB")
    box.ok("rm", "heavy")


def test_volumes_are_listed_by_what_is_asked_for(box):
    box.ok("volume", "create", "--label", "a=1", "first")
    box.ok("volume", "create", "--label", "a=2", "other")
    box.ok("create", "--name", "holder", "-v", "first:/v", *SLEEP)
    names = lambda *filters: box.ok("volume", "ls", "-q", *filters).out.split()  # noqa: E731
    assert names("-f", "label=a") == ["first", "other"] and names("-f", "label=a=2") == ["other"]
    assert names("-f", "dangling=true") == ["other"] and names("-f", "dangling=0") == ["first"]
    assert names("-f", "name=irs") == ["first"] and names("-f", "driver=nfs") == []
    assert "knows no option" in box.fails("volume", "create", "-o", "type=nfs", "far").err
    box.ok("rm", "holder")
    box.ok("volume", "rm", "first", "other")


def test_containers_are_listed_by_what_is_asked_for(box, web):
    names = lambda *filters: box.ok("ps", "-a", "--format", "{{.Names}}", *filters).out.split()  # noqa: E731
    box.ok("create", "--name", "idle", "--expose", "90", "-v", "shelf:/books", *SLEEP)
    assert names("-f", "label=tier=front") == ["web"] and names("-f", "label!=tier") == ["idle"]
    assert names("-f", "expose=90") == ["idle"] and names("-f", "expose=85-95/tcp") == ["idle"]
    assert names("-f", "publish=80") == ["web"] and names("-f", "publish=81") == []
    assert names("-f", "network=second") == ["web"] and names("-f", "volume=shelf") == ["idle"]
    assert names("-f", "volume=/books") == ["idle"] and names("-f", "status=created") == ["idle"]
    assert names("-f", "before=idle") == ["web"] and names("-f", "since=web") == ["idle"]
    assert names("-f", "ancestor=busybox", "-f", "status=running") == ["web"]
    assert names("-f", "name=web", "-f", "name=idle") == ["idle", "web"]
    assert names("-f", "until=1h") == [] and names("-f", "health=none") == ["idle", "web"]
    assert "Invalid filter" in box.fails("ps", "-f", "moon=full").err
    assert "Invalid filter 'status=odd'" in box.fails("ps", "-f", "status=odd").err
    assert "same name as its current name" in box.fails("rename", "idle", "idle").err
    assert "expected name=value" in box.fails("ps", "-f", "moon").err
    box.ok("rm", "idle")
    box.ok("volume", "rm", "shelf")


def test_events_are_filtered_by_kind_and_name(box, web):
    box.ok("network", "create", "short")
    box.ok("network", "connect", "short", "web")
    box.ok("network", "disconnect", "short", "web")
    box.ok("exec", "web", "true")
    box.ok("network", "rm", "short")

    def actions(*filters):
        flags = [flag for text in filters for flag in ("-f", text)]
        return box.ok("events", "--since", "1h", "--until", "0s", "--format", "{{.Type}} {{.Action}}", *flags).out.splitlines()

    assert actions("network=short") == [f"network {what}" for what in ["create", "connect", "disconnect", "destroy"]]
    assert actions("type=network", "event=connect") == ["network connect"]
    assert actions("event=exec_start") == ["container exec_start: true"]
    assert actions("container=web", "event=start") == ["container start"]
    assert actions("label=tier=front", "event=create") == ["container create"]
    assert "Invalid filter" in box.fails("events", "--since", "1h", "--until", "0s", "-f", "moon=full").err
