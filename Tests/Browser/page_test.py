#!/usr/bin/env python3
# Turnledger. SPDX-License-Identifier: Apache-2.0
"""Uses the page at / in headless Chromium, as a person would, against a server with a model that this script plays.

    page_test.py --binary .build/debug/turnledger [--screenshots FOLDER]

Needs Debian's chromium and chromium-driver, and selenium (see scripts/python.sh) in the Python that runs it. Each check
prints one line; exit 0 if all hold.
"""
import argparse
import http.server
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import time

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait


class Model(http.server.BaseHTTPRequestHandler):
    """An OpenAI-compatible endpoint: says what the test has put there, and holds the stream while `go` is not set."""

    protocol_version = "HTTP/1.1"
    says = []
    go = threading.Event()
    closed = threading.Event()

    def log_message(self, *_):
        pass

    def do_GET(self):
        body = b'{"object":"list","data":[{"id":"m","object":"model"}]}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if not request.get("stream"):
            body = json.dumps({"choices": [{"index": 0, "message": {"role": "assistant", "content": "ok"},
                                            "finish_reason": "stop"}]}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            return
        answer = Model.says.pop(0) if Model.says else {"content": "ok"}
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()

        def chunk(delta, reason=None):
            choice = {"index": 0, "delta": delta, "finish_reason": reason}
            self.wfile.write(b"data: " + json.dumps({"id": "c", "choices": [choice]}).encode() + b"\n\n")
            self.wfile.flush()
        try:
            if "tool" in answer:
                name, arguments = answer["tool"]
                chunk({"tool_calls": [{"index": 0, "id": f"call_{time.time_ns()}", "type": "function",
                                       "function": {"name": name, "arguments": json.dumps(arguments)}}]})
                chunk({}, "tool_calls")
            else:
                words = re.findall(r"\S+\s*", answer["content"])
                for place, word in enumerate(words):
                    if answer.get("hold") == place:
                        while not Model.go.wait(0.1):
                            self.wfile.write(b": ping\n\n")
                            self.wfile.flush()
                    chunk({"content": word})
                chunk({}, "stop")
            self.wfile.write(b"data: [DONE]\n\n")
        except OSError:
            Model.closed.set()
        self.close_connection = True


def serve_model():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Model)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


class Page:
    def __init__(self, driver, url):
        self.driver, self.url = driver, url
        self.failed = 0

    def check(self, name, condition):
        try:
            WebDriverWait(self.driver, 20, 0.1).until(lambda _: condition())
            print(f"holds: {name}")
        except Exception as error:  # what the browser says is of any kind
            self.failed += 1
            print(f"DOES NOT HOLD: {name} ({type(error).__name__})\n{self.text()}")

    def text(self):
        return self.driver.find_element(By.ID, "messages").text

    def say(self, text):
        box = self.driver.find_element(By.ID, "say")
        box.clear()
        box.send_keys(text)
        box.send_keys(Keys.ENTER)

    def articles(self, kind):
        return self.driver.find_elements(By.CSS_SELECTOR, f"article.{kind}")

    def idle(self):
        return self.driver.find_element(By.ID, "messages").get_attribute("aria-busy") == "false"

    def click(self, selector):
        self.driver.find_elements(By.CSS_SELECTOR, selector)[-1].click()


def run(page, folder):
    driver, check = page.driver, page.check
    driver.get(page.url)
    check("the state of the service is shown", lambda: "ok" in driver.find_element(By.ID, "service").text)

    Model.says = [{"content": "The door is 1.4 m wide. <b>not bold</b> 🧯 شكرا"}]
    page.say("How wide?")
    check("an answer is streamed", lambda: "1.4 m wide" in page.text())
    check("text is never HTML", lambda: "<b>not bold</b>" in page.text()
          and not driver.find_elements(By.CSS_SELECTOR, "article b"))
    check("the conversation is in the list", lambda: "How wide?" in driver.find_element(By.ID, "list").text)
    driver.save_screenshot(str(folder / "chat.png"))

    check("nothing goes on", page.idle)
    Model.says = [{"content": "It is 2 m wide."}]
    page.click("article.assistant .actions button")
    check("an answer is replaced by a new one", lambda: "2 m wide" in page.text() and "1.4" not in page.text())
    check("nothing goes on", page.idle)

    Model.says = [{"content": "It is 3 m high."}]
    page.click("article.user .actions button")
    check("the question is in the box again", lambda: driver.find_element(By.ID, "say").get_property("value") == "How wide?")
    page.say("How high?")
    check("an edited question is answered", lambda: "3 m high" in page.text() and "How wide?" not in page.text())
    check("nothing goes on", page.idle)

    Model.go.clear()
    Model.says = [{"content": "One two three four.", "hold": 2}]
    page.say("Count.")
    check("half of the answer is there", lambda: "One two" in page.text())
    driver.refresh()
    check("after a reload it goes on", lambda: "One two" in page.text() and "Count." in page.text())
    driver.find_element(By.ID, "stop").click()
    check("stop ends it, and keeps what was said", lambda: page.idle() and "One two" in page.text()
          and "three" not in page.text())
    check("the request to the model is closed", Model.closed.is_set)
    Model.go.set()

    Model.says = [{"tool": ["search_regulations", {"query": "doors"}]}, {"content": "Found nothing."}]
    page.say("Search.")
    check("a tool asks before it runs", lambda: driver.find_elements(By.CSS_SELECTOR, "details[open] button"))
    driver.save_screenshot(str(folder / "approval.png"))
    driver.find_elements(By.CSS_SELECTOR, "details[open] button")[0].click()
    check("once allowed the answer goes on", lambda: "Found nothing." in page.text())
    check("it is the same message", lambda: page.idle() and "Found nothing." in page.articles("assistant")[-1].text
          and page.articles("assistant")[-1].find_elements(By.TAG_NAME, "details"))

    Model.says = [{"tool": ["search_regulations", {"query": "doors"}]}, {"content": "As you wish."}]
    page.say("Search again.")
    check("it asks again", lambda: driver.find_elements(By.CSS_SELECTOR, "details[open] button"))
    driver.find_elements(By.CSS_SELECTOR, "details[open] button")[1].click()
    check("a denial is told to the model", lambda: "As you wish." in page.text())
    check("nothing goes on", page.idle)

    driver.set_window_size(380, 740)
    wide = "return [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > innerWidth + 1)" \
        ".map((e) => e.tagName + '#' + e.id + '.' + e.className)"
    check("on a phone nothing is wider than the screen", lambda: not driver.execute_script(wide))
    if found := driver.execute_script(wide):
        print(found)
    driver.save_screenshot(str(folder / "phone.png"))
    driver.set_window_size(1200, 800)
    agent = driver.execute_script("return navigator.userAgent")
    driver.execute_cdp_cmd("Network.setUserAgentOverride", {"userAgent": agent, "acceptLanguage": "zh-CN"})
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": "dark"}]})
    driver.get(page.url)
    check("a browser in Chinese gets the page in Chinese", lambda: driver.execute_script(
        "return document.documentElement.lang") == "zh-CN" and re.search("[一-鿿]", driver.find_element(
            By.ID, "say").get_attribute("placeholder") or driver.find_element(By.TAG_NAME, "body").text))
    colours = "const s = getComputedStyle(document.body); return [s.backgroundColor, s.color]"

    def light(colour):
        return sum(map(int, re.findall(r"\d+", colour)[:3])) / 3

    check("a dark browser gets light text on dark paper", lambda: light(driver.execute_script(colours)[0]) < 64
          and light(driver.execute_script(colours)[1]) > 192)
    Model.says = [{"content": "门宽 1.4 米。"}]
    page.say("门有多宽？")
    check("and an answer", lambda: "1.4 米" in page.text() and page.idle())
    driver.save_screenshot(str(folder / "dark.png"))
    driver.get(page.url + "stats")
    # Turns are counted some seconds after they ended.
    check("turns are plotted", lambda: driver.execute_script("document.getElementById('days').dispatchEvent("
          "new Event('change', {bubbles: true}))") or len(driver.find_elements(By.CSS_SELECTOR, "figure svg rect")) > 30
          and any(float(bar.get_attribute("height")) > 0 for bar in driver.find_elements(By.CSS_SELECTOR, "rect.bar")))
    check("the plots are in Chinese too", lambda: "轮次" in driver.find_element(By.ID, "plots").text)
    driver.save_screenshot(str(folder / "stats.png"))
    errors = [entry["message"] for entry in driver.get_log("browser")
              if entry["level"] == "SEVERE" and "favicon" not in entry["message"]]
    check(f"the browser complains of nothing {errors}", lambda: not errors)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", required=True)
    parser.add_argument("--screenshots", default=".screenshots")
    options = parser.parse_args()
    folder = pathlib.Path(options.screenshots).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    Model.go.set()
    with tempfile.TemporaryDirectory() as place:
        environment = dict(os.environ, TURNLEDGER_CHAT_APPROVAL="search_regulations")
        server = subprocess.Popen(
            [os.path.abspath(options.binary), "serve", "--port", "0", "--store", "memory:", "--model",
             "openai", "--model-url", f"http://127.0.0.1:{serve_model()}/v1", "--model-name", "m"],
            cwd=place, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        try:
            port = None
            for line in server.stdout:
                if (found := re.search(r"http://127\.0\.0\.1:(\d+)", line)) and "address" in line:
                    port = found.group(1)
                    break
            if port is None:
                sys.exit("the server did not start")
            subprocess.Popen(["cat"], stdin=server.stdout, stdout=subprocess.DEVNULL)
            settings = webdriver.ChromeOptions()
            for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--lang=en",
                             "--window-size=1200,800", f"--user-data-dir={place}/chromium"):
                settings.add_argument(argument)
            settings.set_capability("goog:loggingPrefs", {"browser": "ALL"})
            driver = webdriver.Chrome(options=settings, service=webdriver.ChromeService("/usr/bin/chromedriver"))
            try:
                page = Page(driver, f"http://127.0.0.1:{port}/")
                run(page, folder)
            finally:
                driver.quit()
        finally:
            server.terminate()
            server.wait(20)
    sys.exit(page.failed > 0)


if __name__ == "__main__":
    main()
