// The two official JavaScript clients behind one set of names, so that a scenario is written once and run with both.
import { createRequire } from "node:module";
import { join } from "node:path";

const load = createRequire(join(process.env.NATS_PEERS, "node", "package.json"));

function transportNode() {
  const lib = load("@nats-io/transport-node");
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
  };
}

export const clients = { "transport-node": transportNode, nats: nats2 };
