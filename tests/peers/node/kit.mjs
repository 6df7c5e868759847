// What scenarios share: a client bound to this run's server, ways to wait, and asking the test to handle the server.
import { createInterface } from "node:readline";

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

export class Kit {
  constructor(client) {
    this.client = client;
    this.url = process.env.NATS_URL;
    this.dir = process.env.NATS_DIR;
    this.open = [];
    this.iterators = new WeakMap();
  }

  async connect(options = {}) {
    const nc = await this.client.connect({ servers: this.url, ...options });
    this.open.push(nc);
    return nc;
  }

  // The error a connection attempt ends with.
  async refused(options = {}) {
    try {
      await this.client.connect({ servers: this.url, reconnect: false, maxReconnectAttempts: 0, ...options });
    } catch (err) {
      return err;
    }
    throw new Error("the connection was accepted");
  }

  // The next `count` messages of a subscription, as strings.
  async texts(sub, count) {
    return (await this.messages(sub, count)).map((m) => m.string());
  }

  async messages(sub, count) {
    const got = [];
    // One iterator for the life of a subscription: the clients refuse a second.
    if (!this.iterators.has(sub)) this.iterators.set(sub, sub[Symbol.asyncIterator]());
    const iterator = this.iterators.get(sub);
    while (got.length < count) {
      const { value, done } = await within(iterator.next(), `message ${got.length + 1} of ${count} on ${sub.getSubject()}`);
      if (done) throw new Error(`subscription ${sub.getSubject()} ended after ${got.length} messages`);
      got.push(value);
    }
    return got;
  }

  // True when a subscription that was read with messages() has nothing more to give.
  async ended(sub) {
    return (await within(this.iterators.get(sub).next(), `the end of ${sub.getSubject()}`)).done;
  }

  // The first status event for which `pick` returns something; call before the cause.
  status(nc, pick, what) {
    return within((async () => {
      for await (const status of nc.status()) {
        const found = pick(status);
        if (found) return found;
      }
      throw new Error(`the status stream ended before: ${what}`);
    })(), what);
  }

  permissionError(nc) {
    return this.status(nc, (s) => this.client.permission(this.client.statusError(s) ?? (s.error ? s : null)), "a permissions error");
  }

  // Asks the test to do something to the server; resolves when it is done.
  async ask(what) {
    process.stdout.write(JSON.stringify({ ask: what }) + "\n");
    await within(lines.next(), `the test to ${what}`);
  }

  async closeAll() {
    await Promise.all(this.open.map((nc) => nc.close()));
  }
}

export function within(promise, what, milliseconds = 20_000) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited in vain for ${what}`)), milliseconds);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
