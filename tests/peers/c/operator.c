// Operator mode: credentials files, and what an administrator changes while the client is connected.
#include "kit.h"

static natsOptions *as(const char *user) {
    char file[64];
    natsOptions *opts = options();
    snprintf(file, sizeof file, "%s.creds", user);
    OK(natsOptions_SetUserCredentialsFromFiles(opts, in_server_dir(file), NULL));
    OK(natsOptions_SetAllowReconnect(opts, false));
    return opts;
}

static void refused(const char *user) {
    natsConnection *nc = NULL;
    natsOptions *opts = as(user);
    IS(NATS_CONNECTION_AUTH_FAILED, natsConnection_Connect(&nc, opts));
    natsOptions_Destroy(opts);
}

static natsConnection *connect_counting(const char *user, Counter *closed) {
    natsOptions *opts = as(user);
    OK(natsOptions_SetClosedCB(opts, count_connection_event, closed));
    return connect_with(opts);
}

static void expect_last_error(natsConnection *nc, const char *words) {
    const char *text = NULL;
    natsConnection_GetLastError(nc, &text);
    if (!text || !strstr(text, words)) fail(__FILE__, __LINE__, words, text ? text : "no error");
}

static void answer_price(natsConnection *nc, natsSubscription *sub, natsMsg *msg, void *unused) {
    (void)sub; (void)unused;
    OK(natsConnection_PublishString(nc, natsMsg_GetReply(msg), "42"));
    natsMsg_Destroy(msg);
}

static natsConnection *keeper_answering(void) {
    natsConnection *keeper = connect_with(as("keeper"));
    natsSubscription *sub = NULL;
    OK(natsConnection_Subscribe(&sub, keeper, "price", answer_price, NULL));
    OK(natsConnection_Flush(keeper));
    return keeper;
}

static void expect_price(natsConnection *nc) {
    natsMsg *reply = NULL;
    OK(natsConnection_RequestString(&reply, nc, "ask.price", "", WAIT_MS));
    CHECK(strcmp(natsMsg_GetData(reply), "42") == 0);
    natsMsg_Destroy(reply);
}

static void expect_nobody(natsConnection *nc) {
    natsMsg *reply = NULL;
    IS(NATS_NO_RESPONDERS, natsConnection_RequestString(&reply, nc, "ask.price", "", WAIT_MS));
}

static void expect_subject(natsSubscription *sub, const char *subject) {
    natsMsg *msg = next(sub);
    if (strcmp(natsMsg_GetSubject(msg), subject) != 0) fail(__FILE__, __LINE__, subject, natsMsg_GetSubject(msg));
    natsMsg_Destroy(msg);
}

static void credentials_log_in_where_they_are_valid(void) {
    natsSubscription *sub = NULL;
    refused("shopper");
    ask("push");
    natsConnection *shopper = connect_with(as("shopper")), *neighbour = connect_with(as("neighbour"));
    OK(natsConnection_SubscribeSync(&sub, shopper, "works"));
    OK(natsConnection_Flush(shopper));
    OK(natsConnection_PublishString(neighbour, "works", "yes"));
    expect_text(sub, "yes");
    refused("far");
    refused("night");
    refused("expired");
}

static void changed_accounts_reach_a_connected_client(void) {
    natsSubscription *orders = NULL;
    ask("push");
    natsConnection *keeper = keeper_answering(), *shopper = connect_with(as("shopper"));
    OK(natsConnection_SubscribeSync(&orders, shopper, "store.orders.*"));
    OK(natsConnection_Flush(shopper));
    expect_price(shopper);
    OK(natsConnection_PublishString(keeper, "orders.old", ""));
    expect_subject(orders, "store.orders.old");

    ask("withdraw the price");
    expect_nobody(shopper);
    ask("map orders");
    expect_price(shopper);
    OK(natsConnection_PublishString(keeper, "orders.old", ""));
    expect_subject(orders, "store.orders.new");
    ask("offer the price again");
    OK(natsConnection_PublishString(keeper, "orders.old", ""));
    expect_subject(orders, "store.orders.old");
}

static void changed_payload_limit_holds_for_a_connected_client(void) {
    Counter *closed = counter_new();
    ask("push");
    natsConnection *shopper = connect_counting("shopper", closed);
    OK(natsConnection_PublishString(shopper, "free", "0123456789A"));
    OK(natsConnection_Flush(shopper));
    ask("limit the payload");
    OK(natsConnection_PublishString(shopper, "free", "0123456789"));
    OK(natsConnection_Flush(shopper));
    OK(natsConnection_PublishString(shopper, "free", "0123456789A"));
    counter_wait(closed, 1);
    expect_last_error(shopper, "Maximum Payload");
}

static void revoked_user_is_closed_and_refused(void) {
    Counter *closed = counter_new();
    ask("push");
    natsConnection *shopper = connect_counting("shopper", closed), *neighbour = connect_with(as("neighbour"));
    ask("revoke the shopper");
    counter_wait(closed, 1);
    expect_last_error(shopper, "User Authentication Revoked");
    OK(natsConnection_Flush(neighbour));
    refused("shopper");
}

static void deleted_account_closes_its_users(void) {
    Counter *closed = counter_new();
    ask("push");
    natsConnection *answering = keeper_answering(), *keeper = connect_counting("keeper", closed), *shopper = connect_with(as("shopper"));
    expect_price(shopper);
    ask("delete the store");
    counter_wait(closed, 1);
    expect_last_error(keeper, "Account Authentication Expired");
    CHECK(natsConnection_Flush(answering) != NATS_OK);
    expect_nobody(shopper);
    refused("keeper");
}

const NamedScenario operator_scenarios[] = {
    { "credentials_log_in_where_they_are_valid", credentials_log_in_where_they_are_valid },
    { "changed_accounts_reach_a_connected_client", changed_accounts_reach_a_connected_client },
    { "changed_payload_limit_holds_for_a_connected_client", changed_payload_limit_holds_for_a_connected_client },
    { "revoked_user_is_closed_and_refused", revoked_user_is_closed_and_refused },
    { "deleted_account_closes_its_users", deleted_account_closes_its_users },
    { NULL, NULL },
};
