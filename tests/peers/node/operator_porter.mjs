// The service of an account that decides about logins: knows guests by name and password, and signs for them.
import { createRequire } from "node:module";
import { join } from "node:path";
import { seconds } from "./operator_claims.mjs";

const load = createRequire(join(process.env.NATS_PEERS, "node", "package.json"));
const jwt = load("@nats-io/jwt");

export class Porter {
  constructor(operator, guests) {
    this.operator = operator;
    this.guests = guests;
    this.asked = [];
    this.sealed = 0;
    this.seals = true;
    // The account in whose name it answers, and the key it signs with where that is another.
    this.signs = ["DOOR", "doorSigner"];
    this.curve = operator.keys.curve;
  }

  static async start(nc, operator, guests) {
    const porter = new Porter(operator, guests);
    nc.subscribe("$SYS.REQ.USER.AUTH", { callback: async (_err, m) => m.respond(await porter.answer(m)) });
    await nc.flush();
    return porter;
  }

  async answer(m) {
    const serverKey = m.headers?.get("Nats-Server-Xkey");
    const text = serverKey ? new TextDecoder().decode(this.operator.keys.curve.open(m.data, serverKey)) : m.string();
    const request = jwt.decode(text).nats;
    this.asked.push(request);
    const answer = await this.sign(request, await this.decide(request));
    if (!serverKey) return answer;
    this.sealed++;
    return this.seals ? this.curve.seal(new TextEncoder().encode(answer), serverKey) : answer;
  }

  async decide({ user_nkey, connect_opts: { user, pass } }) {
    const guest = this.guests[user];
    if (!guest || pass !== `${user}'s`) return { error: "not on the list" };
    const { keys } = this.operator;
    const options = { ...guest.options };
    if (guest.signer) options.signer = keys[guest.signer];
    if (guest.lifetime) options.exp = seconds() + guest.lifetime;
    return { jwt: await jwt.encodeUser(user, user_nkey, keys[guest.account], { ...guest.user }, options) };
  }

  sign({ user_nkey, server_id }, data) {
    const [issuer, signer] = this.signs.map((name) => this.operator.keys[name]);
    return jwt.encodeAuthorizationResponse(user_nkey, this.server ?? server_id.id, issuer, data, signer ? { signer } : {});
  }
}
