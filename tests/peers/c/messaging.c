// Publish, subscribe, request and reply.
#include "kit.h"

static natsSubscription *subscribe(natsConnection *nc, const char *subject) {
    natsSubscription *sub = NULL;
    OK(natsConnection_SubscribeSync(&sub, nc, subject));
    OK(natsConnection_Flush(nc));
    return sub;
}

static void publish_reaches_the_subscriber(void) {
    natsConnection *publisher = connect_plain(), *subscriber = connect_plain();
    natsSubscription *sub = subscribe(subscriber, "greetings");
    OK(natsConnection_PublishString(publisher, "greetings", "hello"));
    OK(natsConnection_PublishString(publisher, "greetings", ""));
    expect_text(sub, "hello");
    expect_text(sub, "");
}

static void star_matches_exactly_one_token(void) {
    natsConnection *nc = connect_plain();
    natsSubscription *sub = subscribe(nc, "a.*.c");
    const char *subjects[] = { "a.c", "a.b.c", "a.b.b.c", "a.x.c", "a.b.d" };
    for (int i = 0; i < 5; i++) OK(natsConnection_PublishString(nc, subjects[i], subjects[i]));
    OK(natsConnection_PublishString(nc, "a.end.c", "end"));
    expect_text(sub, "a.b.c");
    expect_text(sub, "a.x.c");
    expect_text(sub, "end");
}

static void greater_than_matches_every_tail(void) {
    natsConnection *nc = connect_plain();
    natsSubscription *sub = subscribe(nc, "a.>");
    const char *subjects[] = { "a", "b.c", "a.b", "a.b.c.d" };
    for (int i = 0; i < 4; i++) OK(natsConnection_PublishString(nc, subjects[i], subjects[i]));
    expect_text(sub, "a.b");
    expect_text(sub, "a.b.c.d");
}

static void queue_group_takes_each_message_once(void) {
    natsConnection *nc = connect_plain();
    Counter *counters[3], *plain = counter_new();
    natsSubscription *subs[4];
    for (int i = 0; i < 3; i++) {
        counters[i] = counter_new();
        OK(natsConnection_QueueSubscribe(&subs[i], nc, "jobs", "workers", count_message, counters[i]));
    }
    OK(natsConnection_Subscribe(&subs[3], nc, "jobs", count_message, plain));
    for (int i = 0; i < 600; i++) OK(natsConnection_PublishString(nc, "jobs", "x"));
    counter_wait(plain, 600);
    OK(natsConnection_Flush(nc));
    for (int i = 0; i < 3; i++) OK(natsSubscription_Drain(subs[i]));
    for (int i = 0; i < 3; i++) OK(natsSubscription_WaitForDrainCompletion(subs[i], WAIT_MS));
    int sum = 0;
    for (int i = 0; i < 3; i++) {
        CHECK(counter_value(counters[i]) > 60);
        sum += counter_value(counters[i]);
    }
    CHECK(sum == 600);
}

static void headers_travel_with_the_message(void) {
    natsConnection *nc = connect_plain();
    natsSubscription *sub = subscribe(nc, "h");
    natsMsg *msg = NULL;
    OK(natsMsg_Create(&msg, "h", NULL, "body", 4));
    OK(natsMsgHeader_Add(msg, "Colour", "red"));
    OK(natsMsgHeader_Add(msg, "Colour", "green"));
    OK(natsMsgHeader_Set(msg, "x-lower", "kept as it is"));
    OK(natsConnection_PublishMsg(nc, msg));
    natsMsg *got = next(sub);
    const char **values = NULL, *value = NULL;
    int count = 0;
    OK(natsMsgHeader_Values(got, "Colour", &values, &count));
    CHECK(count == 2 && strcmp(values[0], "red") == 0 && strcmp(values[1], "green") == 0);
    OK(natsMsgHeader_Get(got, "x-lower", &value));
    CHECK(strcmp(value, "kept as it is") == 0);
    CHECK(natsMsg_GetDataLength(got) == 4);
}

static void upper_case(natsConnection *nc, natsSubscription *sub, natsMsg *msg, void *closure) {
    (void)sub; (void)closure;
    char text[64] = { 0 };
    memcpy(text, natsMsg_GetData(msg), natsMsg_GetDataLength(msg));
    for (char *c = text; *c; c++) *c = (char)(*c >= 'a' && *c <= 'z' ? *c - 32 : *c);
    OK(natsConnection_PublishString(nc, natsMsg_GetReply(msg), text));
    natsMsg_Destroy(msg);
}

static void request_gets_the_reply(void) {
    natsConnection *service = connect_plain(), *caller = connect_plain();
    natsSubscription *sub = NULL;
    natsMsg *reply = NULL;
    OK(natsConnection_Subscribe(&sub, service, "upper", upper_case, NULL));
    OK(natsConnection_Flush(service));
    for (int i = 0; i < 100; i++) {
        OK(natsConnection_RequestString(&reply, caller, "upper", "hello", WAIT_MS));
        CHECK(natsMsg_GetDataLength(reply) == 5 && memcmp(natsMsg_GetData(reply), "HELLO", 5) == 0);
        natsMsg_Destroy(reply);
    }
}

static void request_without_responders_fails_at_once(void) {
    natsConnection *nc = connect_plain();
    natsMsg *reply = NULL;
    int64_t started = nats_Now();
    IS(NATS_NO_RESPONDERS, natsConnection_RequestString(&reply, nc, "nobody", "x", WAIT_MS));
    CHECK(nats_Now() - started < WAIT_MS / 2);
}

static void request_that_nobody_answers_times_out(void) {
    natsConnection *nc = connect_plain();
    natsMsg *reply = NULL;
    subscribe(nc, "silent");
    IS(NATS_TIMEOUT, natsConnection_RequestString(&reply, nc, "silent", "x", 200));
}

static void unsubscribe_after_a_count_stops_there(void) {
    natsConnection *nc = connect_plain();
    natsSubscription *sub = subscribe(nc, "s");
    natsMsg *msg = NULL;
    OK(natsSubscription_AutoUnsubscribe(sub, 3));
    for (int i = 0; i < 10; i++) OK(natsConnection_PublishString(nc, "s", "x"));
    OK(natsConnection_Flush(nc));
    for (int i = 0; i < 3; i++) expect_text(sub, "x");
    IS(NATS_MAX_DELIVERED_MSGS, natsSubscription_NextMsg(&msg, sub, WAIT_MS));
}

static void no_echo_keeps_own_messages_away(void) {
    natsOptions *opts = options();
    OK(natsOptions_SetNoEcho(opts, true));
    natsConnection *quiet = connect_with(opts), *other = connect_plain();
    natsSubscription *sub = subscribe(quiet, "e");
    OK(natsConnection_PublishString(quiet, "e", "own"));
    OK(natsConnection_Flush(quiet));
    OK(natsConnection_PublishString(other, "e", "other's"));
    expect_text(sub, "other's");
}

static void verbose_and_pedantic_clients_are_served(void) {
    natsOptions *opts = options();
    OK(natsOptions_SetVerbose(opts, true));
    OK(natsOptions_SetPedantic(opts, true));
    natsConnection *nc = connect_with(opts);
    natsSubscription *sub = subscribe(nc, "v");
    OK(natsConnection_PublishString(nc, "v", "ok"));
    expect_text(sub, "ok");
}

static void payload_limit_is_learned_and_enforced(void) {
    natsConnection *nc = connect_plain();
    natsSubscription *sub = subscribe(nc, "x");
    char bytes[65] = { 0 };
    CHECK(natsConnection_GetMaxPayload(nc) == 64);
    IS(NATS_MAX_PAYLOAD, natsConnection_Publish(nc, "x", bytes, 65));
    OK(natsConnection_Publish(nc, "x", bytes, 64));
    CHECK(natsMsg_GetDataLength(next(sub)) == 64);
}

static void check_order(natsConnection *nc, natsSubscription *sub, natsMsg *msg, void *counter) {
    char expected[16];
    snprintf(expected, sizeof expected, "%d", counter_value(counter));
    CHECK(strncmp(natsMsg_GetData(msg), expected, (size_t)natsMsg_GetDataLength(msg)) == 0);
    count_message(nc, sub, msg, counter);
}

static void hundred_thousand_messages_arrive_in_order(void) {
    natsConnection *publisher = connect_plain(), *subscriber = connect_plain();
    Counter *counter = counter_new();
    natsSubscription *sub = NULL;
    OK(natsConnection_Subscribe(&sub, subscriber, "n", check_order, counter));
    OK(natsSubscription_SetPendingLimits(sub, -1, -1));
    OK(natsConnection_Flush(subscriber));
    for (int i = 0; i < 100000; i++) {
        char text[16];
        snprintf(text, sizeof text, "%d", i);
        OK(natsConnection_PublishString(publisher, "n", text));
    }
    OK(natsConnection_Flush(publisher));
    counter_wait(counter, 100000);
}

const NamedScenario messaging_scenarios[] = {
    { "publish_reaches_the_subscriber", publish_reaches_the_subscriber },
    { "star_matches_exactly_one_token", star_matches_exactly_one_token },
    { "greater_than_matches_every_tail", greater_than_matches_every_tail },
    { "queue_group_takes_each_message_once", queue_group_takes_each_message_once },
    { "headers_travel_with_the_message", headers_travel_with_the_message },
    { "request_gets_the_reply", request_gets_the_reply },
    { "request_without_responders_fails_at_once", request_without_responders_fails_at_once },
    { "request_that_nobody_answers_times_out", request_that_nobody_answers_times_out },
    { "unsubscribe_after_a_count_stops_there", unsubscribe_after_a_count_stops_there },
    { "no_echo_keeps_own_messages_away", no_echo_keeps_own_messages_away },
    { "verbose_and_pedantic_clients_are_served", verbose_and_pedantic_clients_are_served },
    { "payload_limit_is_learned_and_enforced", payload_limit_is_learned_and_enforced },
    { "hundred_thousand_messages_arrive_in_order", hundred_thousand_messages_arrive_in_order },
    { NULL, NULL },
};
