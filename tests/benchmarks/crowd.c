/* Many viewers in one process: crowd PORT SETTLE_S WINDOW_S PATH VIEWERS [PATH VIEWERS ...]

   Each viewer takes an MPEG-TS stream by HTTP/1.0 and looks at its clock (PCR). After SETTLE_S, for WINDOW_S,
   it is late by how much later than at its earliest, measured by that clock, anything comes.
   Prints: viewers that were served, bytes received by all, milliseconds that the latest was late. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { PACKET = 188, MOST = 4096, READ = 65536 };

struct viewer {
    int fd, head, have; /* `head`: end marks of the HTTP head seen so far */
    unsigned char packet[PACKET];
    double least, most; /* seconds between a clock value and its coming */
    long long bytes;
};

static struct viewer viewers[MOST];

static double now(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return at.tv_sec + at.tv_nsec / 1e9;
}

static void look(struct viewer *viewer, double at) {
    const unsigned char *p = viewer->packet;
    if (p[0] != 0x47 || !(p[3] & 0x20) || p[4] < 7 || !(p[5] & 0x10)) return;
    uint64_t base = (uint64_t)p[6] << 25 | p[7] << 17 | p[8] << 9 | p[9] << 1 | p[10] >> 7;
    double behind = at - base / 90000.0;
    if (behind > viewer->most) viewer->most = behind;
    if (behind < viewer->least) viewer->least = behind;
}

static void take(struct viewer *viewer, const unsigned char *data, int size, double at, int measuring) {
    int i = 0;
    while (viewer->head < 4 && i < size) {
        unsigned char wanted = viewer->head % 2 ? '\n' : '\r';
        viewer->head = data[i] == wanted ? viewer->head + 1 : data[i] == '\r';
        i++;
    }
    if (measuring) viewer->bytes += size - i;
    while (i < size) {
        int part = PACKET - viewer->have < size - i ? PACKET - viewer->have : size - i;
        memcpy(viewer->packet + viewer->have, data + i, part);
        viewer->have += part;
        i += part;
        if (viewer->have == PACKET) {
            viewer->have = 0;
            if (measuring) look(viewer, at);
        }
    }
}

static int join(int port, const char *path) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    char request[512];
    int size = snprintf(request, sizeof request, "GET %s HTTP/1.0\r\n\r\n", path);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) || write(fd, request, size) != size) {
        perror("viewer");
        exit(1);
    }
    fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

int main(int count, char **words) {
    int port = atoi(words[1]), all = 0, poll = epoll_create1(0), measuring = 0;
    double settle = atof(words[2]), window = atof(words[3]);
    static unsigned char data[READ];
    for (int i = 4; i + 1 < count; i += 2) {
        for (int n = atoi(words[i + 1]); n > 0 && all < MOST; n--, all++) {
            viewers[all] = (struct viewer){.fd = join(port, words[i]), .least = 1e18, .most = -1e18};
            struct epoll_event event = {.events = EPOLLIN, .data.ptr = &viewers[all]};
            epoll_ctl(poll, EPOLL_CTL_ADD, viewers[all].fd, &event);
        }
    }
    double begun = now() + settle;
    puts("joined");
    fflush(stdout);
    for (double at = now(); at < begun + window; at = now()) {
        struct epoll_event events[256];
        int ready = epoll_wait(poll, events, 256, 50);
        if (!measuring && at >= begun) {
            measuring = 1;
            puts("measuring");
            fflush(stdout);
        }
        for (int i = 0; i < ready; i++) {
            struct viewer *viewer = events[i].data.ptr;
            int size = read(viewer->fd, data, READ);
            if (size > 0) take(viewer, data, size, now(), measuring);
            else if (size == 0 || errno != EAGAIN) epoll_ctl(poll, EPOLL_CTL_DEL, viewer->fd, NULL);
        }
    }
    long long bytes = 0;
    int served = 0;
    double late = 0;
    for (int i = 0; i < all; i++) {
        bytes += viewers[i].bytes;
        served += viewers[i].bytes > 0;
        if (viewers[i].most - viewers[i].least > late) late = viewers[i].most - viewers[i].least;
    }
    printf("%d %lld %.1f\n", served, bytes, 1000 * late);
    return 0;
}
