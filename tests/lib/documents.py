"""Pages of documentation: their examples, carried out as they stand, and their links.

An example is a fenced block marked `console`. A line that begins with `$ ` is a command, lines that
begin with `> ` continue it, everything else is what it prints. `...` stands for any text, alone in
its line for any number of lines. IDs and digests stand for whatever they are when the page is tried:
the same one on the page must be the same one then, and two different ones must differ. A command must
succeed unless the next one is `echo $?` and shows otherwise.
"""

import os
import re
import signal
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from lib.program import TOP, binary
from lib.registry import free_port

FENCE = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```\s*$", re.M | re.S)
HEXADECIMAL = re.compile(r"\b[0-9a-f]{64}\b|\b[0-9a-f]{12}\b")
PORT = "5000"  # of the registry, wherever a page speaks of one
END = "--- that was the command, and it ended with "
START_TIMEOUT_TICKS = 600


def pages():
    """Every page of the checkout, without what builds and installations left in it."""
    found = []
    for folder, below, names in os.walk(TOP):
        below[:] = [name for name in below if name not in ("build", "node_modules") and name[0] != "."]
        found += [Path(folder) / name for name in names if name.endswith(".md")]
    return sorted(found)


@dataclass
class Command:
    text: str
    shown: list = field(default_factory=list)


def commands_of(page):
    """The commands of all examples of a page, in order."""
    found = []
    for language, body in FENCE.findall(page.read_text()):
        if language != "console":
            continue
        for line in body.splitlines():
            if line.startswith("$ "):
                found.append(Command(line[2:]))
            elif line == ">" or line.startswith("> "):
                found[-1].text += "\n" + line[2:]
            else:
                found[-1].shown.append(line)
    return found


class Shell:
    """One bash for a page: folders, variables and jobs last from command to command."""

    def __init__(self, program, folder):
        tools = program.folder / "tools"
        tools.mkdir()
        (tools / "estiba").symlink_to(os.path.abspath(binary()))
        folder.mkdir()
        self.process = subprocess.Popen(
            ["bash", "--norc", "--noprofile"], cwd=folder, start_new_session=True,
            env={**program.env, "PATH": f"{tools}:{program.env['PATH']}"}, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )

    def run(self, text):
        """Exit code and what was printed, on either stream. `$?` is that of the command before."""
        self.process.stdin.write(f"{{ (exit ${{ended:-0}})\n{text}\n}} </dev/null\nended=$?\n")
        self.process.stdin.write(f"printf '\\n{END}%s\\n' $ended\n")
        self.process.stdin.flush()
        printed = []
        for line in self.process.stdout:
            if line.startswith(END):
                return int(line[len(END):]), "".join(printed).removesuffix("\n")
            printed.append(line)
        raise AssertionError(f"the shell ended in: {text}\n{''.join(printed)}")

    def close(self):
        self.process.stdin.close()
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait()
        self.process.stdout.close()


class Example:
    """A page that is tried: what its IDs and its registry's address stand for."""

    def __init__(self, shell):
        self.shell = shell
        self.port = str(free_port())
        self.meaning = {}

    def carry_out(self, commands):
        for command, following in zip(commands, [*commands[1:], None]):
            text = HEXADECIMAL.sub(
                lambda id: self.meaning.get(id[0], id[0]), command.text.replace(f":{PORT}", f":{self.port}")
            )
            code, printed = self.shell.run(text)
            told = f"$ {command.text}\nexit {code}\n{printed}"
            fails_openly = following and following.text == "echo $?" and following.shown != ["0"]
            assert bool(code) == bool(fails_openly), told
            if command.shown:
                self.compare(command.shown, printed.replace(f":{self.port}", f":{PORT}"), told)
            if re.match(r"estiba serve .*&$", text):
                self.wait_for_the_registry()

    def wait_for_the_registry(self):
        probe = f"(exec 3<>/dev/tcp/127.0.0.1/{self.port}) 2>/dev/null"
        code, _ = self.shell.run(
            f"for _ in $(seq {START_TIMEOUT_TICKS}); do {probe} && break; sleep 0.05; done; {probe}"
        )
        assert code == 0, "the registry does not listen"

    def compare(self, shown, printed, told):
        pattern, names = "", []
        for line in shown:
            pattern += self.pattern_of(line.split(), names)
        found = re.fullmatch(pattern, "".join(" ".join(x.split()) + "\n" for x in printed.splitlines()))
        assert found, f"{told}\n--- the page shows\n" + "\n".join(shown)
        for name, value in zip(names, found.groups()):
            self.learn(name, value, told)

    def pattern_of(self, words, names):
        """Of one line, with a group for each ID that is not known yet."""
        if words == ["..."]:
            return r"(?:.*\n)*?"
        pattern, at = "", 0
        line = " ".join(words)
        for id in HEXADECIMAL.finditer(line):
            pattern += re.escape(line[at:id.start()])
            if id[0] in self.meaning:
                pattern += self.meaning[id[0]]
            elif id[0] in names:
                pattern += rf"\{names.index(id[0]) + 1}"
            else:
                names.append(id[0])
                pattern += rf"([0-9a-f]{{{len(id[0])}}})"
            at = id.end()
        pattern += re.escape(line[at:]) + r"\n"
        return pattern.replace(r"\.\.\.", ".*")

    def learn(self, name, value, told):
        for shown, meant in ((name, value), (name[:12], value[:12])):
            others = [other for other, it in self.meaning.items() if it == meant and other != shown]
            assert not others, f"{told}\n--- {shown} and {others[0]} are the same"
            assert self.meaning.setdefault(shown, meant) == meant, f"{told}\n--- {shown} is another"


def anchors_of(page):
    """The names that a page's headings have in links."""
    text = FENCE.sub("", page.read_text())
    names = []
    for heading in re.findall(r"^#+ +(.*?) *#*$", text, re.M):
        heading = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).lower()
        name = re.sub(r"[^\w\- ]", "", heading).replace(" ", "-")
        names.append(f"{name}-{names.count(name)}" if name in names else name)
    return set(names)


def links_of(page):
    """Targets of links and pictures, without those to other machines."""
    text = re.sub(r"`[^`\n]*`", "", FENCE.sub("", page.read_text()))
    targets = re.findall(r"\]\(([^()\s]+)(?: +\"[^\"]*\")?\)", text)
    targets += re.findall(r"^\[[^]]+\]: *(\S+)", text, re.M)
    targets += re.findall(r"<img[^>]* src=\"([^\"]+)\"", text)
    return [target for target in targets if not re.match(r"[a-z]+:", target)]
