// Streams, consumers and key-value buckets.
#include "kit.h"

static jsCtx *with_stream(int messages) {
    natsConnection *nc = connect_plain();
    jsCtx *js = NULL;
    OK(natsConnection_JetStream(&js, nc, NULL));
    jsStreamConfig config;
    OK(jsStreamConfig_Init(&config));
    const char *subjects[] = { "s.>" };
    config.Name = "S";
    config.Subjects = subjects;
    config.SubjectsLen = 1;
    OK(js_AddStream(NULL, js, &config, NULL, NULL));
    for (int i = 0; i < messages; i++) {
        char text[16];
        snprintf(text, sizeof text, "m%d", i);
        jsPubAck *ack = NULL;
        OK(js_Publish(&ack, js, "s.1", text, (int)strlen(text), NULL, NULL));
        CHECK(ack->Sequence == (uint64_t)i + 1);
        jsPubAck_Destroy(ack);
    }
    return js;
}

static jsConsumerInfo *info_of(jsCtx *js, const char *consumer) {
    jsConsumerInfo *info = NULL;
    OK(js_GetConsumerInfo(&info, js, "S", consumer, NULL, NULL));
    return info;
}

static void published_messages_are_acknowledged_once(void) {
    jsCtx *js = with_stream(1);
    jsPubOptions options;
    OK(jsPubOptions_Init(&options));
    options.MsgId = "a";
    jsPubAck *first = NULL, *again = NULL;
    OK(js_Publish(&first, js, "s.1", "x", 1, &options, NULL));
    OK(js_Publish(&again, js, "s.1", "x", 1, &options, NULL));
    CHECK(first->Sequence == 2 && !first->Duplicate);
    CHECK(again->Sequence == 2 && again->Duplicate);
    jsErrCode code = 0;
    OK(jsPubOptions_Init(&options));
    options.ExpectLastSeq = 7;
    CHECK(js_Publish(NULL, js, "s.1", "x", 1, &options, &code) != NATS_OK);
    CHECK(code == 10071);
}

static void pull_subscription_fetches_and_acknowledges(void) {
    jsCtx *js = with_stream(10);
    natsSubscription *sub = NULL;
    OK(js_PullSubscribe(&sub, js, "s.>", "C", NULL, NULL, NULL));
    natsMsgList list;
    OK(natsSubscription_Fetch(&list, sub, 6, WAIT_MS, NULL));
    CHECK(list.Count == 6);
    CHECK(strcmp(natsMsg_GetData(list.Msgs[5]), "m5") == 0);
    for (int i = 0; i < 5; i++) OK(natsMsg_AckSync(list.Msgs[i], NULL, NULL));
    OK(natsMsg_Nak(list.Msgs[5], NULL));
    natsMsgList_Destroy(&list);
    // The refused one comes again, before or among the others.
    bool again = false;
    for (int got = 0; got < 5; natsMsgList_Destroy(&list)) {
        OK(natsSubscription_Fetch(&list, sub, 5 - got, WAIT_MS, NULL));
        for (int i = 0; i < list.Count; i++) again |= strcmp(natsMsg_GetData(list.Msgs[i]), "m5") == 0;
        got += list.Count;
    }

    CHECK(again);
    jsConsumerInfo *info = info_of(js, "C");
    CHECK(info->AckFloor.Stream == 5 && info->NumAckPending == 5 && info->NumPending == 0);
    jsConsumerInfo_Destroy(info);
}

static void push_subscription_delivers_in_order(void) {
    jsCtx *js = with_stream(100);
    natsSubscription *sub = NULL;
    jsSubOptions options;
    OK(jsSubOptions_Init(&options));
    options.Ordered = true;
    OK(js_SubscribeSync(&sub, js, "s.>", NULL, &options, NULL));
    for (int i = 0; i < 100; i++) {
        char text[16];
        snprintf(text, sizeof text, "m%d", i);
        expect_text(sub, text);
    }
}

static void durable_push_subscription_is_acknowledged(void) {
    jsCtx *js = with_stream(5);
    natsSubscription *sub = NULL;
    jsSubOptions options;
    OK(jsSubOptions_Init(&options));
    options.Stream = "S";
    options.Config.Durable = "P";
    options.ManualAck = true;
    OK(js_SubscribeSync(&sub, js, "s.>", NULL, &options, NULL));
    for (int i = 0; i < 5; i++) {
        natsMsg *msg = next(sub);
        OK(natsMsg_AckSync(msg, NULL, NULL));
        natsMsg_Destroy(msg);
    }
    jsConsumerInfo *info = info_of(js, "P");
    CHECK(info->AckFloor.Stream == 5 && info->NumAckPending == 0 && info->PushBound);
    jsConsumerInfo_Destroy(info);
    OK(js_DeleteConsumer(js, "S", "P", NULL, NULL));
    jsErrCode code = 0;
    jsConsumerInfo *gone = NULL;
    IS(NATS_NOT_FOUND, js_GetConsumerInfo(&gone, js, "S", "P", NULL, &code));
    CHECK(code == JSConsumerNotFoundErr);
}

static void bucket_keys_change_only_as_expected(void) {
    jsCtx *js = with_stream(0);
    kvConfig config;
    OK(kvConfig_Init(&config));
    config.Bucket = "B";
    config.History = 5;
    kvStore *kv = NULL;
    OK(js_CreateKeyValue(&kv, js, &config));
    uint64_t revision = 0;
    OK(kvStore_PutString(&revision, kv, "k", "1"));
    OK(kvStore_UpdateString(&revision, kv, "k", "2", 1));
    CHECK(revision == 2);
    CHECK(kvStore_UpdateString(&revision, kv, "k", "3", 1) != NATS_OK);
    CHECK(kvStore_CreateString(&revision, kv, "k", "3") != NATS_OK);
    kvEntry *entry = NULL;
    OK(kvStore_Get(&entry, kv, "k"));
    CHECK(strcmp(kvEntry_ValueString(entry), "2") == 0 && kvEntry_Revision(entry) == 2);
    kvEntry_Destroy(entry);
    kvEntryList history;
    OK(kvStore_History(&history, kv, "k", NULL));
    CHECK(history.Count == 2);
    kvEntryList_Destroy(&history);
    OK(kvStore_Delete(kv, "k"));
    IS(NATS_NOT_FOUND, kvStore_Get(&entry, kv, "k"));
    kvWatcher *watcher = NULL;
    OK(kvStore_PutString(NULL, kv, "l", "4"));
    kvWatchOptions watching;
    OK(kvWatchOptions_Init(&watching));
    watching.IgnoreDeletes = true;
    OK(kvStore_WatchAll(&watcher, kv, &watching));
    OK(kvWatcher_Next(&entry, watcher, WAIT_MS));
    CHECK(strcmp(kvEntry_Key(entry), "l") == 0);
    kvEntry_Destroy(entry);
    kvWatcher_Destroy(watcher);
}

const NamedScenario stream_scenarios[] = {
    { "published_messages_are_acknowledged_once", published_messages_are_acknowledged_once },
    { "pull_subscription_fetches_and_acknowledges", pull_subscription_fetches_and_acknowledges },
    { "push_subscription_delivers_in_order", push_subscription_delivers_in_order },
    { "durable_push_subscription_is_acknowledged", durable_push_subscription_is_acknowledged },
    { "bucket_keys_change_only_as_expected", bucket_keys_change_only_as_expected },
    { NULL, NULL },
};
