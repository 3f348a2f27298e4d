"""JupyterHub for a room of thirty on one Linux server; docs/teaching.md, *A server for the room*, says how to start it.

The folder where the hub is started holds all that is its own: students.txt (one account a line), tls/ (if there is
one), and what the hub remembers. But: accounts are made beforehand, with useradd; nothing here makes any.
"""

import os
import sys
from pathlib import Path

here = Path.cwd()
c = get_config()  # noqa: F821

# Who: Linux accounts with their own passwords, and of those only the ones in students.txt. One password for all would
# let anybody log in as anybody; accounts keep students' files apart, which no setting of a hub does. A university's own
# log-in is better still: oauthenticator's classes, or ldapauthenticator, go into the same place.
c.JupyterHub.authenticator_class = "pam"
c.Authenticator.allowed_users = set((here / "students.txt").read_text(encoding="utf-8").split())

# Where: this machine alone, for a web server with TLS in front of it; or TLS of its own. Never plain on the network.
if (here / "tls" / "key.pem").is_file():
    c.JupyterHub.ssl_key, c.JupyterHub.ssl_cert = str(here / "tls" / "key.pem"), str(here / "tls" / "cert.pem")
    c.JupyterHub.bind_url = "https://:443"
else:
    c.JupyterHub.bind_url = "http://127.0.0.1:8000"

# What: the student's copy of the course, in ~/my-course; the course itself belongs to root and is there once for all.
# A kernel without an open tab ends after half an hour: most of a student's memory is kernels that were forgotten.
start = [sys.executable, "-m", "fmcourse.app.room"]
c.Spawner.args = ["--MappingKernelManager.cull_idle_timeout=1800"]
c.Spawner.start_timeout, c.Spawner.http_timeout = 300, 300  # thirty at once, all on a cold disk
c.Spawner.environment = {
    "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
    "GOMP_SPINCOUNT": "1000",  # waiting threads sleep; without it thirty trainings keep the cores from each other
    "OMP_NUM_THREADS": "2",  # what the lessons were measured with; PyTorch would take a thread for every core there is
}

# How much: 3 GB fit the hungriest notebook (1.6 GB) beside another, and two cores are what the lessons were made for.
# With systemd a student's processes share these limits. Without it the kernel of Linux counts each process for itself,
# and `taskset` or a container is the way to limit cores.
GIGABYTES, CORES = 3, 2
if Path("/run/systemd/system").is_dir():
    c.JupyterHub.spawner_class = "systemd"
    c.Spawner.mem_limit, c.Spawner.cpu_limit = f"{GIGABYTES}G", CORES
    c.SystemdSpawner.isolate_tmp, c.SystemdSpawner.isolate_devices = True, True
    c.SystemdSpawner.default_shell = "/bin/bash"
else:
    c.JupyterHub.spawner_class = "localprocess"
    start = ["prlimit", f"--data={GIGABYTES * 2**30}", *start]
c.Spawner.cmd = start

# How long: a server that nobody used for two hours ends. What was saved stays.
c.JupyterHub.services = [
    {"name": "idle", "command": [sys.executable, "-m", "jupyterhub_idle_culler", "--timeout=7200", "--cull-every=300"]}
]
c.JupyterHub.load_roles = [
    {
        "name": "idle",
        "services": ["idle"],
        "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
    }
]

# A restart of the hub finds the students' servers again, running.
c.JupyterHub.cleanup_servers = False
