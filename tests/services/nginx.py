"""nginx with auth_pam: workers as www-data, every request a login."""

import pathlib

import host

PORT = 8088
CONFIG = f"""
include /etc/nginx/modules-enabled/*.conf;
user www-data;
worker_processes 1;
daemon off;
pid /run/nginx-test.pid;
error_log stderr info;
events {{ }}
http {{
	access_log off;
	server {{
		listen 127.0.0.1:{PORT};
		location / {{
			auth_pam "webauth";
			auth_pam_service_name "nginx";
			root /srv/web;
		}}
	}}
}}
"""


class Nginx(host.Service):
    service = "nginx"
    runs_as = "www-data"
    daemon = True

    @classmethod
    def prepare(cls):
        web = pathlib.Path("/srv/web")
        web.mkdir(parents=True)
        (web / "page").write_text("in\n")
        config = pathlib.Path("/etc/nginx/test.conf")
        config.write_text(CONFIG)
        cls.start("nginx", "-c", config)
        host.wait_for(lambda: host.answers(PORT), cls.logs)

    def login(self, name, secret):
        done = host.run(
            "curl", "-sS", "--max-time", "50", "-o", "/dev/null", "-w", "%{http_code}",
            "-u", f"{name}:{secret}", f"http://127.0.0.1:{PORT}/page")
        self.assertIn(done.stdout, ("200", "401"), self.logs())
        return done.stdout == "200"

    def test_without_the_daemon_nobody_gets_in(self):
        socket = host.RUN / "pam.sock"
        away = socket.with_name("away.sock")
        socket.rename(away)
        try:
            self.assertFalse(self.login("ann", host.RIGHT))
        finally:
            away.rename(socket)
        self.assertTrue(self.login("ann", host.RIGHT))


host.main()
