// node operator_act.mjs ACTION: one action of an administrator against NATS_URL.
import { clients } from "./clients.mjs";
import { act } from "./operator_admin.mjs";

await act(clients["transport-node"](), process.argv[2]);
