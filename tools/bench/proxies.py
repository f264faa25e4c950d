"""nginx asking whether a request may pass."""

import servers

GROUP = "nginx, auth_request"


def add(b):
    if not b.wants(GROUP):
        return
    program = b.packaged("usr/sbin/nginx")
    if program is None:
        b.leave_out("nginx", "package nginx-light is not there")
        return
    constant = b.echo("unix", "constant", b"HTTP/1.1 204 No Content\r\n\r\n")
    locations = servers.REQUEST_LOCATIONS.format(
        constant=constant.address.removeprefix("unix:"), sessiond=b.ours.address.removeprefix("unix:"))
    server = b.started(servers.nginx(program, b.folder, "proxy", locations))
    for name, request, beside in (("nginx alone", "plain", []), ("nginx asking a constant 204", "constant", [constant]),
                                  ("nginx asking sessiond", "guarded", [b.ours])):
        b.add(GROUP, name, lambda r=request, beside=beside: b.load(server, r, b.hot, beside=beside))
