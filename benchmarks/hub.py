"""A JupyterHub of its own on this machine's loopback, and students who log in to it and run cells.

All goes the way that a browser goes: the Hub's login form, its REST interface, and its proxy to the server and the
websocket of the student's kernel. Passwords and tokens are made up for the run and end with it.
"""

import asyncio
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import quote

import psutil
import requests
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = Path(sys.executable).parent
SLOW = 120  # seconds after which an answer counts as one that never came
CONFIG = """
c.JupyterHub.bind_url = {url!r}
c.JupyterHub.hub_port = {hub_port!r}
c.JupyterHub.db_url = "sqlite:///hub.sqlite"
c.JupyterHub.authenticator_class = "shared-password"
c.SharedPasswordAuthenticator.user_password = {password!r}
c.Authenticator.allow_all = True
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = {homes!r}
c.Spawner.args = {args!r}
c.Spawner.environment = {environment!r}
c.Spawner.start_timeout = {slow!r}
c.Spawner.http_timeout = {slow!r}
c.JupyterHub.concurrent_spawn_limit = 0
c.JupyterHub.proxy_class = "traefik_file"
c.TraefikProxy.traefik_api_url = {proxy_url!r}
c.TraefikProxy.traefik_api_username = "hub"
c.TraefikProxy.traefik_api_password = {proxy_password!r}
c.TraefikProxy.extra_static_config = {{"global": {{"checkNewVersion": False, "sendAnonymousUsage": False}}}}
"""
# One thread for the matrices: the cores are shared by the class. And no bars, which only a slow machine shows.
ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "TQDM_DISABLE": "1"}


class Hub:
    """A JupyterHub with its proxy, on free ports of 127.0.0.1; to be used in a `with` statement.

    Attributes
    ----------
    url : str
        Where students find it, with a slash at the end.
    """

    def __enter__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="classroom-", ignore_cleanup_errors=True)
        folder = Path(self._folder.name)
        self.url = f"http://127.0.0.1:{free_port()}/"
        self.password = secrets.token_urlsafe(24)
        self._homes = folder / "homes"
        config = CONFIG.format(
            url=self.url,
            hub_port=free_port(),
            password=self.password,
            homes=str(self._homes / "{username}"),
            args=["--allow-root"] if os.geteuid() == 0 else [],
            environment=ENVIRONMENT,
            slow=SLOW,
            proxy_url=f"http://127.0.0.1:{free_port()}",
            proxy_password=secrets.token_urlsafe(24),
        )
        (folder / "jupyterhub_config.py").write_text(config, encoding="utf-8")
        env = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "OPENBLAS_"))}
        env |= {"PATH": f"{SCRIPTS}{os.pathsep}{env['PATH']}", "HOME": str(folder)}
        self._log = folder / "log"
        with self._log.open("w") as log:
            command = [sys.executable, "-m", "jupyterhub"]
            hub = subprocess.Popen(command, cwd=folder, env=env, stdout=log, stderr=log, start_new_session=True)
        self._hub = psutil.Process(hub.pid)
        try:
            self._wait()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        below = self._hub.children(recursive=True) if self._hub.is_running() else []
        self._hub.terminate()
        psutil.wait_procs([self._hub], timeout=20)
        _, left = psutil.wait_procs([self._hub, *below], timeout=5)
        for process in left:
            process.kill()
        psutil.wait_procs(left, timeout=5)
        self._folder.cleanup()

    def _wait(self):
        for _ in range(10 * SLOW):
            if not self._hub.is_running() or self._hub.status() == psutil.STATUS_ZOMBIE:
                break
            try:
                requests.get(f"{self.url}hub/health", timeout=SLOW).raise_for_status()
            except requests.RequestException:
                time.sleep(0.1)
            else:
                return
        raise SystemExit(f"JupyterHub did not start. It said:\n{self.log}")

    @property
    def log(self):
        """What the Hub, its proxy and the students' servers have said so far."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def processes(self):
        """Return the processes by student; those of the Hub and its proxy are under ``""``.

        Returns
        -------
        dict
            From a name to a list of `psutil.Process`, the student's server first and then its kernels.
        """
        found = {"": [self._hub]}
        for child in self._hub.children():
            try:
                name = child.environ().get("JUPYTERHUB_USER", "")
                found.setdefault(name, []).extend([child, *child.children(recursive=True)])
            except (psutil.NoSuchProcess, psutil.ZombieProcess):
                continue
        return found

    def check_that_it_is_closed(self):
        """Stop unless all that listens does so on loopback, and no server answers one who is not logged in."""
        processes = self.processes()
        for process in [p for group in processes.values() for p in group]:
            for connection in process.net_connections("inet"):
                if connection.status == psutil.CONN_LISTEN and not ip_address(connection.laddr.ip).is_loopback:
                    raise SystemExit(f"{process.name()} listens on {connection.laddr.ip}, not on loopback alone")
        for name in processes.keys() - {""}:
            status = requests.get(f"{self.url}user/{name}/api/kernels", timeout=SLOW).status_code
            if status != 403:
                raise SystemExit(f"the server of {name} answered {status} to a stranger; wanted 403")

    async def student(self, name):
        """Return a student with a copy of the course, who has logged in and whose server runs."""
        home = self._homes / name
        skip = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
        for folder in ("notebooks", "helpers", "tools"):
            await asyncio.to_thread(shutil.copytree, ROOT / folder, home / folder, ignore=skip)
        shutil.copy(ROOT / "requirements.txt", home)
        student = Student(self.url, name)
        await asyncio.to_thread(student.log_in, self.password)
        await student.start_server()
        return student


def free_port():
    """Return a port of loopback that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


class Student:
    """One who has a server of their own."""

    def __init__(self, url, name):
        self.url, self.name = url, name
        self.session = requests.Session()

    def log_in(self, password):
        """Fill in the form, as in a browser, and get a token for what follows."""
        page = f"{self.url}hub/login"
        self.session.get(page, timeout=SLOW).raise_for_status()
        form = {"username": self.name, "password": password, "_xsrf": self._xsrf()}
        self.session.post(page, data=form, allow_redirects=False, timeout=SLOW).raise_for_status()
        tokens = f"{self.url}hub/api/users/{self.name}/tokens"
        made = self.session.post(tokens, json={}, headers={"X-XSRFToken": self._xsrf()}, timeout=SLOW)
        made.raise_for_status()
        self.token = made.json()["token"]
        self.session.cookies.clear()
        self.session.headers["Authorization"] = f"token {self.token}"

    def _xsrf(self):
        return next(cookie.value for cookie in self.session.cookies if cookie.name == "_xsrf")

    async def ask(self, method, path, **kwargs):
        """Send a request, and return what came as an answer to it, if it is JSON."""
        answer = await asyncio.to_thread(self.session.request, method, self.url + path, timeout=SLOW, **kwargs)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    async def start_server(self):
        """Ask the Hub for a server, and wait until it runs."""
        await self.ask("POST", f"hub/api/users/{self.name}/server")
        for _ in range(5 * SLOW):
            user = await self.ask("GET", f"hub/api/users/{self.name}")
            if user["servers"].get("", {}).get("ready"):
                return
            await asyncio.sleep(0.2)
        raise RuntimeError(f"the server of {self.name} did not start within {SLOW} s")

    async def open(self, notebook):
        """Open a notebook.

        Returns
        -------
        cells : list of dict
            Its code cells, as saved.
        kernel : Kernel
        """
        path = f"notebooks/{notebook}"
        model = await self.ask("GET", f"user/{self.name}/api/contents/{quote(path)}?content=1")
        cells = [cell for cell in model["content"]["cells"] if cell["cell_type"] == "code"]
        wanted = {"path": path, "name": notebook, "type": "notebook", "kernel": {"name": "python3"}}
        session = await self.ask("POST", f"user/{self.name}/api/sessions", json=wanted)
        kernel = Kernel(self, session["id"], session["kernel"]["id"])
        await kernel.connect()
        return cells, kernel


class Kernel:
    """A kernel at the other end of a websocket."""

    def __init__(self, student, session, kernel):
        self.student, self.session, self.kernel = student, session, kernel
        self._queues = {}

    async def connect(self):
        """Open the websocket, and listen from then on."""
        path = f"user/{self.student.name}/api/kernels/{self.kernel}/channels?session_id={uuid.uuid4().hex}"
        url = "ws" + (self.student.url + path).removeprefix("http")
        request = HTTPRequest(url, headers={"Authorization": f"token {self.student.token}"}, request_timeout=SLOW)
        self._socket = await websocket_connect(request, max_message_size=2**28)
        self._listener = asyncio.create_task(self._listen())

    async def _listen(self):
        while (text := await self._socket.read_message()) is not None:
            message = json.loads(text)
            queue = self._queues.get(message["parent_header"].get("msg_id"))
            if queue:
                queue.put_nowait((time.perf_counter(), message))

    async def _send(self, kind, content, ends):
        """Send a message, and return what came in answer, up to all of `ends`, with the seconds that each took."""
        header = {"msg_id": uuid.uuid4().hex, "msg_type": kind, "username": "", "session": "", "version": "5.4"}
        message = {"channel": "shell", "header": header, "parent_header": {}, "metadata": {}, "content": content}
        queue = self._queues[header["msg_id"]] = asyncio.Queue()
        begin, came = time.perf_counter(), []
        await self._socket.write_message(json.dumps(message))
        try:
            async with asyncio.timeout(SLOW):
                while ends:
                    at, answer = await queue.get()
                    came.append((at - begin, answer["msg_type"], answer["content"]))
                    ends = ends - {answer["msg_type"], answer["content"].get("execution_state")}
        except TimeoutError:
            raise RuntimeError(f"the kernel did not answer within {SLOW} s") from None
        finally:
            del self._queues[header["msg_id"]]
        return came

    async def run(self, source):
        """Run a cell, and wait until the kernel is idle and has replied.

        Returns
        -------
        seconds : float
            From sending the cell to the kernel's being idle.
        messages : list of pair
            The kind and the content of all that came in between.
        """
        request = {"code": source, "silent": False, "store_history": True, "allow_stdin": False, "stop_on_error": True}
        came = await self._send("execute_request", request, {"execute_reply", "idle"})
        seconds = next(after for after, _, content in came if content.get("execution_state") == "idle")
        return seconds, [(kind, content) for _, kind, content in came]

    async def open_explorer(self):
        """Open the backward explorer, and remember its slider λ and its page."""
        _, messages = await self.run("from helpers.widgets import backward_explorer as _open\n_explorer = _open()")
        opened = [(content["comm_id"], content["data"]["state"]) for kind, content in messages if kind == "comm_open"]
        self._slider = next(i for i, state in opened if "λ" in (state.get("description") or "") and "step" in state)
        self._page, self._html = next((i, state["html"]) for i, state in opened if "html" in state)

    async def move(self, value):
        """Put the slider λ at `value`, and return the seconds until the new page was here."""
        data = {"method": "update", "state": {"value": value}, "buffer_paths": []}
        came = await self._send("comm_msg", {"comm_id": self._slider, "data": data}, {"idle"})
        pages = [
            (after, content["data"]["state"]["html"])
            for after, kind, content in came
            if kind == "comm_msg" and content["comm_id"] == self._page and "html" in content["data"]["state"]
        ]
        if not pages or pages[-1][1] == self._html:
            raise RuntimeError(f"the explorer's page did not follow its slider to λ = {value}")
        seconds, self._html = pages[-1]
        return seconds

    async def close(self):
        """Shut the kernel down."""
        self._listener.cancel()
        self._socket.close()
        await self.student.ask("DELETE", f"user/{self.student.name}/api/sessions/{self.session}")
