#!/usr/bin/env python3
"""Writes into publishes.txt what the real server answers: record.py PATH-OF-NATS-SERVER

The file is a list of streams, each with what is published to it:
  stream {config}                      an empty stream; this script puts in what the server adds to the configuration
  publish SUBJECT | HEADERS | PAYLOAD  headers are separated by "; "; one more part names a fast batch: ID.FLOW.GAP.SEQ.OP
  < ANSWER                             written by this script: every reply, in order
  = SEQ SUBJECT [HEADERS] PAYLOAD      written by this script: what is stored at the end
Other lines are comments.
"""
import base64, json, os, shutil, socket, subprocess, sys, tempfile, time

HERE = os.path.dirname(os.path.abspath(__file__))
FILE = os.path.join(HERE, "publishes.txt")


class Client:
    def __init__(self, port):
        self.sock = socket.create_connection(("127.0.0.1", port), 5)
        self.buf = b""
        self.line()
        self.send(b'CONNECT {"verbose":false,"headers":true,"no_responders":true}\r\nSUB rec.> 1\r\nPING\r\n')
        while self.line() != b"PONG":
            pass
        self.n = 0

    def send(self, data):
        self.sock.sendall(data)

    def fill(self, timeout=5):
        self.sock.settimeout(timeout)
        data = self.sock.recv(65536)
        if not data:
            raise EOFError
        self.buf += data

    def line(self, timeout=5):
        while b"\r\n" not in self.buf:
            self.fill(timeout)
        line, self.buf = self.buf.split(b"\r\n", 1)
        return line

    def message(self, timeout):
        """(subject, headers, payload) or None"""
        try:
            line = self.line(timeout)
        except (socket.timeout, TimeoutError):
            return None
        if line == b"PING":
            self.send(b"PONG\r\n")
            return self.message(timeout)
        f = line.split(b" ")
        if f[0] not in (b"MSG", b"HMSG"):
            raise SystemExit("unexpected %r" % line)
        size = int(f[-1])
        hsize = int(f[-2]) if f[0] == b"HMSG" else 0
        while len(self.buf) < size + 2:
            self.fill()
        body, self.buf = self.buf[:size], self.buf[size + 2:]
        return f[1].decode(), body[:hsize], body[hsize:]

    def publish(self, subject, headers, payload, fast=None):
        self.n += 1
        reply = "rec.%d" % self.n + ("." + fast + ".$FI" if fast else "")
        if headers:
            block = ("NATS/1.0\r\n" + headers.replace("; ", "\r\n") + "\r\n\r\n").encode()
            self.send(("HPUB %s %s %d %d\r\n" % (subject, reply, len(block), len(block) + len(payload))).encode() + block + payload + b"\r\n")
        else:
            self.send(("PUB %s %s %d\r\n" % (subject, reply, len(payload))).encode() + payload + b"\r\n")
        answers, wait = [], 0.6
        while True:
            m = self.message(wait)
            if m is None:
                return answers
            if m[0] == reply:
                answers.append(m[2].decode() or m[1].decode().split("\r\n")[0] or "(empty)")
                wait = 0.15 if fast else 0.002

    def request(self, subject, payload):
        self.n += 1
        reply = "rec.%d" % self.n
        self.send(("PUB %s %s %d\r\n" % (subject, reply, len(payload))).encode() + payload + b"\r\n")
        while True:
            m = self.message(5)
            if m is None:
                raise SystemExit("no answer to " + subject)
            if m[0] == reply:
                return json.loads(m[2])


def stored(c, name):
    state = c.request("$JS.API.STREAM.INFO." + name, b"")["state"]
    lines = []
    for seq in range(state["first_seq"], state["last_seq"] + 1):
        m = c.request("$JS.API.STREAM.MSG.GET." + name, json.dumps({"seq": seq}).encode()).get("message")
        if m:
            h = base64.b64decode(m.get("hdrs", "")).decode().replace("NATS/1.0\r\n", "", 1).replace("\r\n\r\n", "").replace("\r\n", "; ")
            lines.append("= %d %s [%s] %s" % (seq, m["subject"], h, base64.b64decode(m.get("data", "")).decode()))
    return lines


def main():
    d = tempfile.mkdtemp()
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    server = subprocess.Popen([sys.argv[1], "-a", "127.0.0.1", "-p", str(port), "-js", "-sd", d], stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            try:
                c = Client(port)
                break
            except OSError:
                time.sleep(0.1)
        time.sleep(0.5)
        out, name = [], None

        def finish():
            if name:
                out.extend(stored(c, name))
                c.request("$JS.API.STREAM.DELETE." + name, b"")

        for line in open(FILE).read().split("\n"):
            if line.startswith(("< ", "= ")):
                continue
            if line.startswith("stream "):
                while out and out[-1] == "":
                    out.pop()
                finish()
                if out:
                    out.append("")
                config = json.loads(line[7:])
                name = config["name"]
                for _ in range(50):  # the one before is deleted in the background: its messages may even come back
                    time.sleep(0.1)
                    answer = c.request("$JS.API.STREAM.CREATE." + name, json.dumps(config).encode())
                    if "error" not in answer and answer["state"]["last_seq"] == 0:
                        break
                    c.request("$JS.API.STREAM.DELETE." + name, b"")
                else:
                    raise SystemExit("%s: %s" % (line, answer))
                answer["config"].pop("metadata", None)
                line = "stream " + json.dumps(answer["config"])
            out.append(line)
            if line.startswith("publish "):
                parts = [p.strip() for p in line[8:].split(" | ")] + ["", "", ""]
                out.extend("< " + a for a in c.publish(parts[0], parts[1], parts[2].encode(), parts[3] or None))
        while out and out[-1] == "":
            out.pop()
        finish()
        open(FILE, "w").write("\n".join(out) + "\n")
    finally:
        server.terminate()
        server.wait()
        shutil.rmtree(d, ignore_errors=True)


main()
