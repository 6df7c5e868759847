// What the libnats scenarios share: checks that end the program with a verdict, connecting, and asking the test.
#pragma once

#include <nats/nats.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WAIT_MS 20000

typedef void (*Scenario)(void);

typedef struct {
    const char *name;
    Scenario run;
} NamedScenario;

extern const NamedScenario messaging_scenarios[];
extern const NamedScenario security_scenarios[];
extern const NamedScenario lifecycle_scenarios[];
extern const NamedScenario operator_scenarios[];
extern const NamedScenario stream_scenarios[];

// Prints the verdict line and ends the program.
void fail(const char *file, int line, const char *what, const char *detail);

#define CHECK(condition) do { if (!(condition)) fail(__FILE__, __LINE__, #condition, ""); } while (0)
#define OK(call) do { natsStatus ok_status_ = (call); \
    if (ok_status_ != NATS_OK) fail(__FILE__, __LINE__, #call, natsStatus_GetText(ok_status_)); } while (0)
#define IS(status, call) do { natsStatus is_status_ = (call); \
    if (is_status_ != (status)) fail(__FILE__, __LINE__, #call, natsStatus_GetText(is_status_)); } while (0)

const char *env(const char *name);
const char *in_server_dir(const char *file);

// Options with this run's URL.
natsOptions *options(void);
natsConnection *connect_with(natsOptions *opts);
natsConnection *connect_plain(void);

// The next message as text; the caller destroys it.
natsMsg *next(natsSubscription *sub);
void expect_text(natsSubscription *sub, const char *text);

// Asks the test to do something to the server and waits until it is done.
void ask(const char *what);

// A counter other threads raise and the scenario waits for.
typedef struct Counter Counter;
Counter *counter_new(void);
void counter_raise(Counter *counter);
int counter_value(Counter *counter);
void counter_wait(Counter *counter, int at_least);
void count_message(natsConnection *nc, natsSubscription *sub, natsMsg *msg, void *counter);
void count_connection_event(natsConnection *nc, void *counter);
