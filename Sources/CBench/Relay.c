#include "CBench.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct between_bench_relay {
    int listener;
    uint16_t port;
    uint16_t target;
    _Atomic int64_t count;
    pthread_t thread;
};

static struct sockaddr_in loopback(uint16_t port) {
    struct sockaddr_in address = {0};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

/// Relays the bytes that can be read. Returns their count; 0 at the end.
static ssize_t pass(int from, int to) {
    char bytes[65536];
    ssize_t count = recv(from, bytes, sizeof bytes, 0);
    for (ssize_t sent = 0; sent < count;) {
        ssize_t now = send(to, bytes + sent, (size_t)(count - sent), 0);
        if (now <= 0) return 0;
        sent += now;
    }
    return count;
}

static void join_both(between_bench_relay *relay, int device) {
    struct sockaddr_in address = loopback(relay->target);
    int server = socket(AF_INET, SOCK_STREAM, 0);
    if (server >= 0 && connect(server, (struct sockaddr *)&address, sizeof address) == 0) {
        struct pollfd ends[2] = {{device, POLLIN, 0}, {server, POLLIN, 0}};
        ssize_t count = 1;
        while (count > 0 && poll(ends, 2, -1) > 0) {
            for (int index = 0; count > 0 && index < 2; index++) {
                if (!ends[index].revents) continue;
                count = pass(ends[index].fd, ends[1 - index].fd);
                if (count > 0) atomic_fetch_add(&relay->count, count);
            }
        }
    }
    if (server >= 0) close(server);
}

static void *run(void *context) {
    between_bench_relay *relay = context;
    int device;
    while ((device = accept(relay->listener, NULL, NULL)) >= 0) {
        join_both(relay, device);
        close(device);
    }
    return NULL;
}

between_bench_relay *between_bench_open_relay(uint16_t target, char *message) {
    between_bench_relay *relay = calloc(1, sizeof *relay);
    if (!relay) return NULL;
    relay->target = target;
    relay->listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = loopback(0);
    socklen_t length = sizeof address;
    if (relay->listener < 0 || bind(relay->listener, (struct sockaddr *)&address, length) != 0
        || listen(relay->listener, 4) != 0
        || getsockname(relay->listener, (struct sockaddr *)&address, &length) != 0
        || pthread_create(&relay->thread, NULL, run, relay) != 0) {
        snprintf(message, between_bench_message_size, "making a relay failed: %s", strerror(errno));
        if (relay->listener >= 0) close(relay->listener);
        free(relay);
        return NULL;
    }
    relay->port = ntohs(address.sin_port);
    return relay;
}

uint16_t between_bench_relay_port(const between_bench_relay *relay) { return relay->port; }

int64_t between_bench_relay_count(const between_bench_relay *relay) { return atomic_load(&relay->count); }

void between_bench_close_relay(between_bench_relay *relay) {
    if (!relay) return;
    shutdown(relay->listener, SHUT_RDWR);
    pthread_join(relay->thread, NULL);
    close(relay->listener);
    free(relay);
}
