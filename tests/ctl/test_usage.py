"""The command line itself: help on every level, and the manual and completions that follow it."""

import json
import pathlib
import re
import shutil
import subprocess

import ctl

MANUAL = pathlib.Path(__file__).resolve().parents[2] / "docs" / "webauthctl.1"


class Usage(ctl.Case):
    def tool(self, *args):
        return self.run_raw([ctl.TOOL, *args])

    def table(self):
        return self.tool("--help", "-o", "json").json

    def is_usage_error(self, words, *args):
        result = self.tool(*args)
        self.assertEqual((result.code, result.out), (2, ""), result.err)
        for word in words:
            self.assertIn(word, result.err)


class Help(Usage):
    def test_every_level_has_help_with_an_example(self):
        verbs = self.table()["verbs"]
        for args in [[], *[[v["noun"]] for v in verbs], *[[v["noun"], v["verb"]] for v in verbs]]:
            for flag in ("-h", "--help"):
                result = self.tool(*args, flag)
                self.assertEqual((result.code, result.err), (0, ""), args)
                self.assertIn("Example:\n  webauthctl ", result.out)

    def test_help_of_a_verb_names_its_options(self):
        for verb in self.table()["verbs"]:
            out = self.tool(verb["noun"], verb["verb"], "--help").out
            for option in verb["options"]:
                self.assertIn(f"--{option['name']}", out)
                self.assertIn(option["help"], out)

    def test_help_needs_no_operands_and_does_nothing(self):
        self.create()
        self.add_user()
        self.ok("user", "delete", "--yes", "alice@example.com", "--help")
        self.assertEqual(len(self.sql('select * from "user"')), 1)

    def test_examples_are_right(self):
        for verb in self.table()["verbs"]:
            words = re.findall(r"'[^']*'|\S+", re.split(" [<>|] ", verb["example"])[0])
            result = self.tool(*[w.strip("'") for w in words], "--help")
            self.assertEqual(result.code, 0, verb["example"] + result.err)
            self.assertIn(f"{verb['noun']} {verb['verb']}", verb["example"])

    def test_version(self):
        self.assertRegex(self.tool("--version").out, r"^webauthctl \d+\.\d+\.\d+\n$")


class Wrong(Usage):
    def test_what_does_not_exist(self):
        self.is_usage_error(["--help"])
        self.is_usage_error(["usr", "noun", "--help"], "usr", "add")
        self.is_usage_error(["user --help"], "user")
        self.is_usage_error(["ad", "user --help"], "user", "ad")
        self.is_usage_error(["--nope", "user add --help"], "user", "add", "a@b.cd", "--nope")
        self.is_usage_error(["--limit"], "--limit", "1", "user", "list")
        self.is_usage_error(["-x"], "user", "list", "-x")

    def test_options_are_not_abbreviated(self):
        self.is_usage_error(["--lim"], "user", "list", "--lim", "1")
        self.is_usage_error(["never an argument"], "user", "set-password", "u", "--password-s")

    def test_operands_are_counted(self):
        self.is_usage_error(["EMAIL"], "user", "add")
        self.is_usage_error(["USER ACCOUNT"], "link", "add", "alice@example.com")
        self.is_usage_error(["too many"], "link", "remove", "a", "b")
        self.is_usage_error(["too many"], "user", "list", "a", "b", "c", "d", "e", "f", "g")

    def test_values_are_looked_at(self):
        self.is_usage_error(["needs a value"], "user", "list", "--limit")
        self.is_usage_error(["needs a value"], "user", "list", "-f")
        self.is_usage_error(["twice"], "user", "list", "--limit", "1", "--limit", "2")
        self.is_usage_error(["no value"], "user", "delete", "u", "--yes=no")
        self.is_usage_error(["table, json"], "user", "list", "-o", "yaml")
        self.is_usage_error(["more than 64"], *["--set", "log_level=info"] * 65, "user", "list")

    def test_global_options_stand_anywhere(self):
        self.create()
        for args in (
            ["-o", "json", "user", "list"],
            ["user", "-ojson", "list"],
            ["user", "list", "-o", "json"],
        ):
            self.assertEqual(self.ok(*args).json, {"schema": 1, "users": []})

    def test_two_dashes_end_the_options(self):
        self.create()
        self.fails(3, "--yes", "user", "show", "--", "--yes")
        self.fails(3, "-h", "user", "show", "--", "-h")


class Manual(Usage):
    def macros(self, lines):
        """The words of mdoc lines as the command line has them."""
        out = []
        for line in lines:
            words = line.lstrip(".").split()
            optional = words[0] == "Op"
            words = words[1:] if optional else words
            text = []
            while words:
                macro = words.pop(0)
                if macro == "Fl":
                    text.append("-" + words.pop(0))
                elif macro == "Cm":
                    text += words
                    words = []
                elif macro == "Ar":
                    text.append(words.pop(0))
            out.append(f"[{' '.join(text)}]" if optional else " ".join(text))
        return " ".join(out)

    def synopsis(self, verb):
        words = [verb["noun"], verb["verb"], *verb["operands"].lower().split()]
        for o in verb["options"]:
            operand = f" {o['operand'].lower()}" if o["operand"] else ""
            words.append(f"[--{o['name']}{operand}]")
        return " ".join(words)

    def test_it_has_every_verb_as_the_table_has_it(self):
        found = re.findall(r"^\.It Xo\n(.*?)^\.Xc$", MANUAL.read_text("utf-8"), re.M | re.S)
        in_manual = [self.macros(item.splitlines()) for item in found]
        self.assertEqual(in_manual, [self.synopsis(v) for v in self.table()["verbs"]])

    def test_it_explains_every_option(self):
        text = MANUAL.read_text("utf-8")
        sections = re.split(r"^\.It Xo\n", text, flags=re.M)[1:]
        for verb, section in zip(self.table()["verbs"], sections):
            body = section.split(".Xc\n", 1)[1]
            explained = re.findall(r"^\.It Fl -(\S+)", body.split("\n.Ss ")[0], re.M)
            self.assertEqual(explained, [o["name"] for o in verb["options"]], verb["verb"])
        top = text.split(".Sh VERBS")[0]
        for option in self.table()["options"]:
            name = option["name"] if len(option["name"]) == 1 else "-" + option["name"]
            self.assertRegex(top, rf"(?m)^\.It .*Fl {name}\b")

    def test_it_has_every_exit_status(self):
        section = MANUAL.read_text("utf-8").split(".Sh EXIT STATUS")[1].split(".Sh")[0]
        self.assertEqual(re.findall(r"^\.It (\d)$", section, re.M), list("012345678"))


class Completion(Usage):
    def bash(self, *words):
        script = self.tool("completion", "bash").out + (
            'COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _webauthctl; echo "${COMPREPLY[@]}"'
        )
        done = subprocess.run(
            ["bash", "-c", script, "bash", "webauthctl", *words],
            capture_output=True,
            text=True,
            check=True,
        )
        self.assertEqual(done.stderr, "")
        return set(done.stdout.split())

    def test_bash_completes_nouns_verbs_and_options(self):
        verbs = self.table()["verbs"]
        self.assertLessEqual({v["noun"] for v in verbs}, self.bash(""))
        self.assertEqual(self.bash("us"), {"user"})
        self.assertEqual(self.bash("key", ""), {"list", "rotate"})
        self.assertEqual(self.bash("-o", "json", "key", "ro"), {"rotate"})
        self.assertEqual(self.bash("-o", "js"), {"json", "jsonl"})
        for v in verbs:
            options = {"--" + o["name"] for o in v["options"]}
            self.assertLessEqual(options, self.bash(v["noun"], v["verb"], "-"))

    def test_every_word_of_the_table_is_in_all_of_them(self):
        for shell in ("bash", "zsh", "fish"):
            script = self.tool("completion", shell).out
            for v in self.table()["verbs"]:
                for word in (v["noun"], v["verb"], *[o["name"] for o in v["options"]]):
                    self.assertRegex(script, rf"(?<![\w-])(--)?{word}(?![\w-])")

    def test_shells_can_read_them(self):
        for shell in ("bash", "zsh", "fish"):
            program = shutil.which(shell)
            if program is None:
                continue
            path = self.write("script", self.tool("completion", shell).out)
            done = subprocess.run([program, "-n", path], capture_output=True, check=False)
            self.assertEqual((done.returncode, done.stderr), (0, b""), shell)


class Schema(Usage):
    def test_the_table_is_json_with_a_schema(self):
        table = json.loads(self.tool("-h", "-o", "json").out)
        self.assertEqual(table["schema"], 1)
        self.assertEqual(set(table), {"schema", "options", "verbs"})


ctl.main()
