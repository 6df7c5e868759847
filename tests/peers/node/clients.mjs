// The two official JavaScript clients behind one set of names, so that a scenario is written once and run with both.
import { createRequire } from "node:module";
import { join } from "node:path";

const load = createRequire(join(process.env.NATS_PEERS, "node", "package.json"));

function transportNode() {
  const lib = load("@nats-io/transport-node");
  const [js, kv, obj, svc] = ["jetstream", "kv", "obj", "services"].map((name) => load(`@nats-io/${name}`));
  return {
    ...lib,
    isNoResponders: (err) => err instanceof lib.errors.NoRespondersError || err.cause instanceof lib.errors.NoRespondersError,
    isTimeout: (err) => err instanceof lib.errors.TimeoutError || err.cause instanceof lib.errors.TimeoutError,
    isAuthorization: (err) => err instanceof lib.errors.AuthorizationError,
    isMaxPayload: (err) => err instanceof lib.errors.InvalidArgumentError && /payload/i.test(err.message),
    // {operation, subject} of a permissions error, else null
    permission: (err) => (err instanceof lib.errors.PermissionViolationError ? err : null),
    statusError: (status) => (status.type === "error" ? status.error : null),
    countStrategy: { strategy: "count" },
    jetstream: (nc, options) => js.jetstream(nc, options),
    jetstreamManager: (nc, options) => js.jetstreamManager(nc, options),
    // What a push consumer that exists delivers.
    pushed: async (nc, stream, name) => (await js.jetstream(nc).consumers.getPushConsumer(stream, name)).consume(),
    bucketsExpire: true,
    bucket: (nc, name, options) => new kv.Kvm(nc).create(name, options),
    objects: (nc, name, options) => new obj.Objm(nc).create(name, options),
    services: (nc) => new svc.Svcm(nc),
    jetStreamCode: (err) => err.code ?? err.cause?.code,
  };
}

function nats2() {
  const lib = load("nats");
  return {
    ...lib,
    isNoResponders: (err) => err.code === lib.ErrorCode.NoResponders,
    isTimeout: (err) => err.code === lib.ErrorCode.Timeout,
    isAuthorization: (err) => err.code === lib.ErrorCode.AuthorizationViolation,
    isMaxPayload: (err) => err.code === lib.ErrorCode.MaxPayloadExceeded,
    permission: (err) => err?.permissionContext ?? null,
    statusError: (status) => (status.type === "error" ? status : null),
    countStrategy: { strategy: lib.RequestStrategy.Count },
    jetstream: (nc, options) => nc.jetstream(options),
    jetstreamManager: (nc, options) => nc.jetstreamManager(options),
    pushed: async (nc, stream, name) => {
      const js = nc.jetstream();
      const opts = lib.consumerOpts();
      opts.bind(stream, name);
      opts.manualAck();
      return js.subscribe("", opts);
    },
    bucket: (nc, name, options) => nc.jetstream().views.kv(name, options),
    objects: (nc, name, options) => nc.jetstream().views.os(name, options),
    services: (nc) => nc.services,
    jetStreamCode: (err) => err.api_error?.err_code,
  };
}

export const clients = { "transport-node": transportNode, nats: nats2 };
