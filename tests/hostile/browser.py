"""Bodies → what each does in a real browser: headless Chromium loads it in a page without protection.

Recorded are a call of the canary (`alert` and the like, `eval`, `fetch` …), a violation of a report-only policy that
allows only pictures (a script, a frame, a style sheet or a form's target, also without a canary), a change of the
page's URL, and a request to the server for anything but a picture. Every element is clicked, focused and hovered.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome") or ""
SECONDS = 900
"""Longest duration of a run; 5,000 bodies take about a minute."""
_POLICY = (
    "default-src 'none'; img-src *; script-src 'nonce-ours'; style-src 'none'; style-src-attr 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'"
)
_HOOKS = """<script nonce=ours>
const hits = parent.hits;
for (const name of ["alert", "confirm", "prompt", "print", "open", "eval", "fetch", "msgbox"])
  window[name] = (...given) => { hits.push(name + "(" + given.join() + ")"); };
addEventListener("securitypolicyviolation", (event) => {
  hits.push("policy " + event.effectiveDirective + " " + event.blockedURI);
});
</script>"""
_PAGE = """<!doctype html><meta charset=utf-8>{hooks}<h1>Post</h1>
<div id=post><div>   \n{body}\n  \n</div>
</div><p id=end>end</p>"""
_DRIVER = """<!doctype html><meta charset=utf-8><pre id=found></pre><script>
window.hits = [];
const found = [];
const wait = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
async function judge(number) {
  window.hits = [];
  const frame = document.createElement("iframe");
  const loaded = new Promise((done) => { frame.onload = done; });
  frame.sandbox = "allow-scripts allow-same-origin allow-forms allow-popups"; // no real alert: it would wait
  frame.src = "/body/" + number;
  document.body.append(frame);
  await Promise.race([loaded, wait(3000)]);
  const inside = frame.contentDocument;
  if (inside === null) { found.push([number, ["left the page"]]); frame.remove(); return; }
  const post = inside.getElementById("post"), end = inside.getElementById("end");
  const seen = [];
  if (post === null || end === null || post.contains(end)) seen.push("the page around it is changed");
  for (const element of post === null ? [] : post.querySelectorAll("*")) {
    const href = element.getAttribute("href");
    if (href !== null && /^https?:/.test(href)) element.setAttribute("target", "nowhere");
    for (const event of ["mouseover", "pointerover", "focus", "toggle", "animationstart"])
      element.dispatchEvent(new frame.contentWindow.Event(event));
    if (element.focus) element.focus();
    const protocol = element.protocol || ":";
    if (!["http:", "https:", "mailto:", ":"].includes(protocol)) seen.push("protocol " + protocol);
    if (protocol !== "mailto:" && !/^https?:/.test(href || "") && element.click) element.click();
  }
  await wait(0);
  const now = frame.contentDocument;
  if (now === null || now.location.pathname !== "/body/" + number) seen.push("went to another page");
  seen.push(...window.hits);
  if (seen.length) found.push([number, seen.slice(0, 5)]);
  frame.remove();
}
(async () => {
  for (let number = 0; number < COUNT; number += 1)
    try { await judge(number); } catch (error) { found.push([number, ["error " + error]]); }
  await fetch("/found", { method: "POST", body: JSON.stringify(found) });
  document.title = "done";
})();
</script>"""


def judged(bodies: Sequence[str], folder: Path) -> dict[int, list[str]]:
    """Index of a body → what it did, for those that did something; -1 → requests for anything but a picture.

    `folder`: for the browser's profile.
    """
    told: dict[int, list[str]] = {}
    ended = Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            place = re.fullmatch(r"/body/(\d+)", self.path)
            if place:
                self._answer(_PAGE.format(hooks=_HOOKS, body=bodies[int(place[1])]), _POLICY)
            elif self.path == "/":
                self._answer(_DRIVER.replace("COUNT", str(len(bodies))), "")
            else:
                if self.headers.get("Sec-Fetch-Dest") != "image":
                    told.setdefault(-1, []).append(f"{self.path} of {self.headers.get('Referer')}")
                self.send_error(404)

        def do_POST(self) -> None:
            found = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            told.update((place, hits) for place, hits in found)
            self._answer("", "")
            ended.set()

        def _answer(self, text: str, policy: str) -> None:
            body = text.encode("utf-8", "replace")
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Content-Security-Policy-Report-Only", policy or "img-src *")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    command = [
        *(CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", f"--user-data-dir={folder}"),
        *("--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1", f"http://127.0.0.1:{server.server_port}/"),
    ]
    browser = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        assert ended.wait(SECONDS), "the browser came to no end"
    finally:
        browser.terminate()
        browser.wait(30)
        server.shutdown()
        server.server_close()
    return told
