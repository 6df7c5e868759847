// scenario NAME: runs one scenario against NATS_URL and prints one JSON line with the verdict.
#include "kit.h"

#include <unistd.h>

static Scenario find(const char *name) {
    const NamedScenario *tables[] = { messaging_scenarios, security_scenarios, lifecycle_scenarios, operator_scenarios, stream_scenarios };
    for (size_t table = 0; table < sizeof tables / sizeof *tables; table++)
        for (const NamedScenario *entry = tables[table]; entry->name; entry++)
            if (strcmp(entry->name, name) == 0) return entry->run;
    return NULL;
}

int main(int argc, char **argv) {
    CHECK(argc == 2);
    Scenario run = find(argv[1]);
    if (!run) fail(__FILE__, __LINE__, argv[1], "is no scenario");
    run();
    printf("{\"scenario\":\"%s\",\"ok\":true}\n", argv[1]);
    fflush(stdout);
    _exit(0);   // the library's threads need no orderly end here
}
