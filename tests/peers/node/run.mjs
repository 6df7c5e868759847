// node run.mjs CLIENT SCENARIO: runs one scenario with one client and prints one JSON line with the verdict.
import { clients } from "./clients.mjs";
import { Kit } from "./kit.mjs";
import * as messaging from "./messaging.mjs";
import * as requests from "./requests.mjs";
import * as security from "./security.mjs";
import * as lifecycle from "./lifecycle.mjs";
import * as operator from "./operator.mjs";
import * as callout from "./operator_callout.mjs";
import * as streams from "./jetstream.mjs";
import * as consumers from "./consumers.mjs";
import * as buckets from "./buckets.mjs";
import * as objects from "./objects.mjs";
import * as services from "./services.mjs";

const [clientName, scenario] = process.argv.slice(2);
const all = { ...messaging, ...requests, ...security, ...lifecycle, ...operator, ...callout, ...streams, ...consumers, ...buckets, ...objects, ...services };

function verdict(ok, error) {
  process.stdout.write(JSON.stringify({ scenario, ok, error }) + "\n", () => process.exit(ok ? 0 : 1));
}

try {
  const run = all[scenario];
  if (!run) throw new Error(`no such scenario: ${scenario}`);
  const kit = new Kit(clients[clientName]());
  await run(kit);
  await kit.closeAll();
  verdict(true);
} catch (err) {
  verdict(false, `${err.stack ?? err}${err.cause ? `\ncaused by ${err.cause.stack}` : ""}`);
}
