"""The list of parts names every library that an installed program loads, with the version that is here.
Usage: parts.py BUILD"""

import json
import pathlib
import re
import subprocess
import sys
import unittest

import staged

build = sys.argv[1]
ROOT = pathlib.Path(__file__).resolve().parents[2]


def parts(*words):
    return subprocess.run([ROOT / "tools/parts", *words], text=True, capture_output=True, check=False)


def loaded(path):
    """What a loader really takes for a program: {name: path}."""
    said = subprocess.run(["ldd", path], text=True, capture_output=True, check=True).stdout
    return dict(re.findall(r"^\s+(\S+) => (/\S+)", said, re.M))


class Parts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        done = parts(build)
        assert done.returncode == 0, done.stderr
        cls.text = done.stdout
        cls.spdx = json.loads(done.stdout)
        cls.packages = {p["SPDXID"]: p for p in cls.spdx["packages"]}
        stage = staged.Stage(build)
        cls.addClassCleanup(stage.done)
        cls.installed = {
            f"/{path.relative_to(stage.root)}": path for path in pathlib.Path(stage.root).rglob("*")
            if path.is_file() and path.read_bytes()[:4] == b"\x7fELF"
        }

    def below(self, identifier):
        """The packages that something depends on, whatever lies between."""
        found, left = set(), [identifier]
        while left:
            one = left.pop()
            for r in self.spdx["relationships"]:
                if r["spdxElementId"] == one and r["relationshipType"] == "DEPENDS_ON":
                    other = r["relatedSpdxElement"]
                    if other not in found:
                        found.add(other)
                        left.append(other)
        return {self.packages[i]["name"] for i in found}

    def file(self, where):
        return next(f for f in self.spdx["files"] if f["fileName"] == where)

    def test_every_installed_program_is_listed(self):
        self.assertEqual({f["fileName"] for f in self.spdx["files"]}, set(self.installed))
        self.assertEqual({pathlib.Path(f).name for f in self.installed}, {"sessiond", "webauthctl", "pam_webauth.so"})

    def test_whatever_the_loader_takes_is_in_the_list(self):
        for where, path in self.installed.items():
            names = self.below(self.file(where)["SPDXID"])
            libraries = loaded(path)
            self.assertGreater(len(libraries), 3)
            for library in libraries.values():
                real = pathlib.Path(library).resolve()
                owner = next((done.stdout.split(":")[0] for done in (
                    subprocess.run(["dpkg-query", "-S", name], text=True, capture_output=True, check=False)
                    for name in (real, str(real).removeprefix("/usr"), library)) if done.returncode == 0), None)
                self.assertIn(owner, names, f"{where}: {library}")

    def test_and_what_the_module_loads_later(self):
        module = next(f for f in self.installed if f.endswith("pam_webauth.so"))
        self.assertNotIn("libsqlite3.so.0", loaded(self.installed[module]))
        self.assertIn("libsqlite3-0", self.below(self.file(module)["SPDXID"]))

    def test_versions_are_those_of_this_system(self):
        debian = [p for p in self.packages.values() if p["SPDXID"].startswith("SPDXRef-deb-")]
        self.assertGreater(len(debian), 8)
        for p in debian:
            version = subprocess.run(["dpkg-query", "-W", "-f", "${Version}\n", p["name"]], text=True,
                                     capture_output=True, check=True).stdout.split("\n")[0]
            self.assertEqual(p["versionInfo"], version)
            self.assertRegex(p["externalRefs"][0]["referenceLocator"],
                             rf"^pkg:deb/debian/{re.escape(p['name'])}@{re.escape(version)}\?arch=\w+$")

    def test_data_of_others_is_listed_with_its_licence(self):
        data = {p["name"]: p["licenseDeclared"] for p in self.packages.values() if "data-" in p["SPDXID"]}
        self.assertEqual(data, {"zxcvbn": "MIT", "@zxcvbn-ts/language-common": "MIT"})

    def test_it_has_what_spdx_wants_of_a_document(self):
        self.assertEqual(self.spdx["spdxVersion"], "SPDX-2.3")
        self.assertEqual(self.spdx["dataLicense"], "CC0-1.0")
        self.assertRegex(self.spdx["documentNamespace"], r"^urn:uuid:[0-9a-f-]{36}$")
        self.assertRegex(self.spdx["creationInfo"]["created"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        identifiers = [e["SPDXID"] for e in (*self.spdx["packages"], *self.spdx["files"])]
        self.assertEqual(len(identifiers), len(set(identifiers)))
        for i in identifiers:
            self.assertRegex(i, r"^SPDXRef-[A-Za-z0-9.-]+$")
        for r in self.spdx["relationships"]:
            self.assertIn(r["relatedSpdxElement"], identifiers)

    def test_twice_it_says_the_same(self):
        self.assertEqual(parts(build).stdout, self.text)

    def test_what_is_no_build_is_refused_in_one_line(self):
        for words in (["/nonexistent"], ["/etc"]):
            done = parts(*words)
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertRegex(done.stderr, r"^tools/parts: .+")
            self.assertNotIn("Traceback", done.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
