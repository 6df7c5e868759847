// Connections over time: pings, drains, restarts, lame duck.
#include "kit.h"

static void round_trip_time_is_measured(void) {
    natsConnection *nc = connect_plain();
    int64_t nanoseconds = -1;
    OK(natsConnection_GetRTT(nc, &nanoseconds));
    CHECK(nanoseconds > 0);
}

static void client_pings_are_answered(void) {
    natsOptions *opts = options();
    Counter *closed = counter_new();
    OK(natsOptions_SetPingInterval(opts, 50));
    OK(natsOptions_SetMaxPingsOut(opts, 1));
    OK(natsOptions_SetAllowReconnect(opts, false));
    OK(natsOptions_SetClosedCB(opts, count_connection_event, closed));
    natsConnection *nc = connect_with(opts);
    nats_Sleep(1000);   // twenty intervals; one unanswered PING would have closed it
    OK(natsConnection_Flush(nc));
    CHECK(counter_value(closed) == 0);
}

static void drained_connection_publishes_and_closes(void) {
    natsOptions *opts = options();
    Counter *closed = counter_new(), *got = counter_new();
    OK(natsOptions_SetClosedCB(opts, count_connection_event, closed));
    natsConnection *publisher = connect_with(opts), *subscriber = connect_plain();
    natsSubscription *sub = NULL;
    OK(natsConnection_Subscribe(&sub, subscriber, "d", count_message, got));
    OK(natsConnection_Flush(subscriber));
    for (int i = 0; i < 1000; i++) OK(natsConnection_PublishString(publisher, "d", "x"));
    OK(natsConnection_Drain(publisher));
    counter_wait(closed, 1);
    counter_wait(got, 1000);
}

static void client_reconnects_and_subscribes_again_after_a_restart(void) {
    natsOptions *opts = options();
    Counter *reconnected = counter_new();
    OK(natsOptions_SetReconnectWait(opts, 50));
    OK(natsOptions_SetMaxReconnect(opts, 1000));
    OK(natsOptions_SetReconnectedCB(opts, count_connection_event, reconnected));
    natsConnection *nc = connect_with(opts);
    natsSubscription *sub = NULL;
    OK(natsConnection_SubscribeSync(&sub, nc, "r"));
    OK(natsConnection_PublishString(nc, "r", "before"));
    expect_text(sub, "before");
    ask("restart");
    counter_wait(reconnected, 1);
    OK(natsConnection_PublishString(nc, "r", "after"));
    expect_text(sub, "after");
}

static void lame_duck_mode_is_announced_before_the_close(void) {
    natsOptions *opts = options();
    Counter *announced = counter_new();
    OK(natsOptions_SetLameDuckModeCB(opts, count_connection_event, announced));
    natsConnection *nc = connect_with(opts);
    ask("lame duck");
    counter_wait(announced, 1);
    OK(natsConnection_Flush(nc));
}

const NamedScenario lifecycle_scenarios[] = {
    { "round_trip_time_is_measured", round_trip_time_is_measured },
    { "client_pings_are_answered", client_pings_are_answered },
    { "drained_connection_publishes_and_closes", drained_connection_publishes_and_closes },
    { "client_reconnects_and_subscribes_again_after_a_restart", client_reconnects_and_subscribes_again_after_a_restart },
    { "lame_duck_mode_is_announced_before_the_close", lame_duck_mode_is_announced_before_the_close },
    { NULL, NULL },
};
