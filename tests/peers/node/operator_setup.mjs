// node operator_setup.mjs: makes an operator and prints one JSON object: the configuration of a server that trusts it, and the
// files to lie in that server's directory.
import { Operator } from "./operator_claims.mjs";

const operator = Operator.create();
const config = `
operator: "${await operator.operatorJwt()}"
system_account: ${operator.id("SYS")}
default_sentinel: "${await operator.sentinel()}"
resolver: { type: full, dir: "@DIR@/accounts", allow_delete: true, interval: "2m", limit: 100 }
resolver_preload: { ${operator.id("SYS")}: "${await operator.account("SYS")}" }
`;
process.stdout.write(JSON.stringify({ config, files: await operator.files() }) + "\n");
