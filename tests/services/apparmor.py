"""The AppArmor abstraction is one: a profile with it compiles."""

import pathlib
import shutil
import unittest

import host

PROFILE = """
abi <abi/3.0>,
include <tunables/global>
profile test /usr/sbin/test {
  include <abstractions/base>
  include <abstractions/authentication>
  include <abstractions/webauth>
}
"""


class Apparmor(unittest.TestCase):
    def test_a_profile_with_it_compiles(self):
        shutil.copy(host.ROOT / "etc/apparmor.d/abstractions/webauth", "/etc/apparmor.d/abstractions/")
        profile = pathlib.Path("/tmp/profile")
        profile.write_text(PROFILE)
        done = host.run("apparmor_parser", "--skip-kernel-load", "--skip-cache", "--names", profile)
        self.assertEqual(done.stdout, "test\n")
        host.run("apparmor_parser", "--skip-kernel-load", "--skip-cache", "--stdout", profile, text=False)


host.main()
