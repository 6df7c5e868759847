// Logging in, permissions, TLS.
#include "kit.h"

static void works(natsConnection *nc) {
    natsSubscription *sub = NULL;
    OK(natsConnection_SubscribeSync(&sub, nc, "works"));
    OK(natsConnection_PublishString(nc, "works", "yes"));
    expect_text(sub, "yes");
}

static void refused(natsOptions *opts, natsStatus why) {
    natsConnection *nc = NULL;
    IS(why, natsConnection_Connect(&nc, opts));
    natsOptions_Destroy(opts);
}

static natsOptions *as_user(const char *user, const char *password) {
    natsOptions *opts = options();
    OK(natsOptions_SetUserInfo(opts, user, password));
    return opts;
}

static natsOptions *with_token(const char *token) {
    natsOptions *opts = options();
    OK(natsOptions_SetToken(opts, token));
    return opts;
}

static natsOptions *with_seed(const char *key, const char *seed) {
    natsOptions *opts = options();
    const char *path = in_server_dir("seed.nk");
    FILE *file = fopen(path, "w");
    CHECK(file != NULL);
    CHECK(fprintf(file, "%s\n", seed) > 0);
    fclose(file);
    OK(natsOptions_SetNKeyFromSeed(opts, key, path));
    return opts;
}

static void user_and_password_log_in(void) { works(connect_with(as_user("alice", "s3cret"))); }
static void bcrypted_password_logs_in(void) { works(connect_with(as_user("alice", "s3cret"))); }
static void wrong_password_is_refused(void) { refused(as_user("alice", "wrong"), NATS_CONNECTION_AUTH_FAILED); }
static void missing_credentials_are_refused(void) { refused(options(), NATS_CONNECTION_AUTH_FAILED); }
static void token_logs_in(void) { works(connect_with(with_token("t0ken"))); }
static void wrong_token_is_refused(void) { refused(with_token("other"), NATS_CONNECTION_AUTH_FAILED); }
static void nkey_logs_in(void) { works(connect_with(with_seed(env("NATS_USER_KEY"), env("NATS_USER_SEED")))); }

// The right name with another's signature.
static void nkey_with_a_strangers_signature_is_refused(void) {
    refused(with_seed(env("NATS_USER_KEY"), env("NATS_STRANGER_SEED")), NATS_CONNECTION_AUTH_FAILED);
}

static void count_violation(natsConnection *nc, natsSubscription *sub, natsStatus err, void *counter) {
    const char *text = NULL;
    (void)sub;
    if (err == NATS_NOT_PERMITTED || (natsConnection_GetLastError(nc, &text), text && strstr(text, "ermissions Violation")))
        counter_raise(counter);
}

static void permission_errors_are_reported_and_connection_stays(void) {
    natsOptions *opts = as_user("alice", "s3cret");
    Counter *violations = counter_new();
    OK(natsOptions_SetErrorHandler(opts, count_violation, violations));
    natsConnection *nc = connect_with(opts);
    natsSubscription *sub = NULL, *open = NULL;
    OK(natsConnection_PublishString(nc, "secret.x", "x"));
    counter_wait(violations, 1);
    OK(natsConnection_SubscribeSync(&sub, nc, "secret.>"));
    counter_wait(violations, 2);
    OK(natsConnection_SubscribeSync(&open, nc, "open.x"));
    OK(natsConnection_PublishString(nc, "open.x", "still here"));
    expect_text(open, "still here");
}

static natsOptions *with_tls(const char *authority) {
    natsOptions *opts = options();
    OK(natsOptions_SetSecure(opts, true));
    OK(natsOptions_LoadCATrustedCertificates(opts, in_server_dir(authority)));
    return opts;
}

static void tls_client_is_served(void) { works(connect_with(with_tls("ca.pem"))); }
static void tls_certificate_of_a_stranger_is_not_trusted(void) { refused(with_tls("other-ca.pem"), NATS_SSL_ERROR); }

static void tls_client_certificate_is_demanded(void) {
    natsConnection *nc = NULL;
    natsOptions *opts = with_tls("ca.pem");
    CHECK(natsConnection_Connect(&nc, opts) != NATS_OK);
    natsOptions_Destroy(opts);
    opts = with_tls("ca.pem");
    OK(natsOptions_LoadCertificatesChain(opts, in_server_dir("client.pem"), in_server_dir("client.key")));
    works(connect_with(opts));
}

const NamedScenario security_scenarios[] = {
    { "user_and_password_log_in", user_and_password_log_in },
    { "bcrypted_password_logs_in", bcrypted_password_logs_in },
    { "wrong_password_is_refused", wrong_password_is_refused },
    { "missing_credentials_are_refused", missing_credentials_are_refused },
    { "token_logs_in", token_logs_in },
    { "wrong_token_is_refused", wrong_token_is_refused },
    { "nkey_logs_in", nkey_logs_in },
    { "nkey_with_a_strangers_signature_is_refused", nkey_with_a_strangers_signature_is_refused },
    { "permission_errors_are_reported_and_connection_stays", permission_errors_are_reported_and_connection_stays },
    { "tls_client_is_served", tls_client_is_served },
    { "tls_certificate_of_a_stranger_is_not_trusted", tls_certificate_of_a_stranger_is_not_trusted },
    { "tls_client_certificate_is_demanded", tls_client_certificate_is_demanded },
    { NULL, NULL },
};
