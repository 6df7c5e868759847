#include "kit.h"

#include <pthread.h>
#include <time.h>
#include <unistd.h>

struct Counter {
    pthread_mutex_t lock;
    pthread_cond_t raised;
    int value;
};

void fail(const char *file, int line, const char *what, const char *detail) {
    // Quotes and backslashes of the C expression must not break the JSON line.
    char text[512], *out = text;
    for (const char *in = what; *in && out < text + sizeof text - 2; in++) *out++ = *in == '"' || *in == '\\' ? '\'' : *in;
    *out = 0;
    printf("{\"ok\":false,\"error\":\"%s:%d: %s %s\"}\n", file, line, text, detail);
    fflush(stdout);
    _exit(1);
}

const char *env(const char *name) {
    const char *value = getenv(name);
    if (!value) fail(__FILE__, __LINE__, "environment", name);
    return value;
}

const char *in_server_dir(const char *file) {
    static char paths[4][512];
    static int turn;
    char *path = paths[turn++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", env("NATS_DIR"), file);
    return path;
}

natsOptions *options(void) {
    natsOptions *opts = NULL;
    OK(natsOptions_Create(&opts));
    OK(natsOptions_SetURL(opts, env("NATS_URL")));
    OK(natsOptions_SetTimeout(opts, WAIT_MS));
    return opts;
}

natsConnection *connect_with(natsOptions *opts) {
    natsConnection *nc = NULL;
    OK(natsConnection_Connect(&nc, opts));
    natsOptions_Destroy(opts);
    return nc;
}

natsConnection *connect_plain(void) { return connect_with(options()); }

natsMsg *next(natsSubscription *sub) {
    natsMsg *msg = NULL;
    OK(natsSubscription_NextMsg(&msg, sub, WAIT_MS));
    return msg;
}

void expect_text(natsSubscription *sub, const char *text) {
    natsMsg *msg = next(sub);
    if (natsMsg_GetDataLength(msg) != (int)strlen(text) || memcmp(natsMsg_GetData(msg), text, strlen(text)) != 0)
        fail(__FILE__, __LINE__, text, "expected, got another message");
    natsMsg_Destroy(msg);
}

void ask(const char *what) {
    char line[64];
    printf("{\"ask\":\"%s\"}\n", what);
    fflush(stdout);
    CHECK(fgets(line, sizeof line, stdin) != NULL);
}

Counter *counter_new(void) {
    Counter *counter = calloc(1, sizeof *counter);
    pthread_mutex_init(&counter->lock, NULL);
    pthread_cond_init(&counter->raised, NULL);
    return counter;
}

void counter_raise(Counter *counter) {
    pthread_mutex_lock(&counter->lock);
    counter->value++;
    pthread_cond_broadcast(&counter->raised);
    pthread_mutex_unlock(&counter->lock);
}

int counter_value(Counter *counter) {
    pthread_mutex_lock(&counter->lock);
    int value = counter->value;
    pthread_mutex_unlock(&counter->lock);
    return value;
}

void counter_wait(Counter *counter, int at_least) {
    struct timespec end;
    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += WAIT_MS / 1000;
    pthread_mutex_lock(&counter->lock);
    while (counter->value < at_least)
        if (pthread_cond_timedwait(&counter->raised, &counter->lock, &end) != 0) break;
    int value = counter->value;
    pthread_mutex_unlock(&counter->lock);
    CHECK(value >= at_least);
}

void count_message(natsConnection *nc, natsSubscription *sub, natsMsg *msg, void *counter) {
    (void)nc; (void)sub;
    natsMsg_Destroy(msg);
    counter_raise(counter);
}

void count_connection_event(natsConnection *nc, void *counter) {
    (void)nc;
    counter_raise(counter);
}
