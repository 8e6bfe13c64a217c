/* Replays ready-made HTTP requests, each on a connection of its own, as PayJunction sends webhooks.
 *
 *   load PORT CONNECTIONS < FILE     FILE: repeated (4-byte big-endian length, request bytes)
 *
 * Prints: requests, seconds, answered 204, p50, p99, max in microseconds (connect to last byte).
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct slot { int fd; double start; size_t sent, got; uint32_t size; const char *request; char head[64]; };
static char *file; static size_t total, at; static long asked, kept, other; static double *took; static struct sockaddr_in peer;

static double now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec + t.tv_nsec / 1e9; }

static int begin(struct slot *s, int poll) {
    uint32_t size;
    if (at + 4 > total) return 0;
    memcpy(&size, file + at, 4); s->size = ntohl(size); s->request = file + at + 4; at += 4 + s->size;
    s->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0); s->sent = s->got = 0; s->start = now();
    int one = 1; setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    struct linger hard = {1, 0}; setsockopt(s->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    if (connect(s->fd, (struct sockaddr *)&peer, sizeof peer) < 0 && errno != EINPROGRESS) { perror("connect"); exit(1); }
    struct epoll_event e = {.events = EPOLLOUT, .data.ptr = s};
    epoll_ctl(poll, EPOLL_CTL_ADD, s->fd, &e);
    return 1;
}
static int finish(struct slot *s, int poll) {
    took[asked++] = now() - s->start;
    if (s->got >= 12 && !memcmp(s->head + 9, "204", 3)) kept++; else other++;
    close(s->fd);
    return begin(s, poll);
}
static int by_size(const void *a, const void *b) { double d = *(double *)a - *(double *)b; return d < 0 ? -1 : d > 0; }

int main(int argc, char **argv) {
    if (argc != 3) return 2;
    size_t room = 1 << 20; file = malloc(room); size_t n;
    while ((n = fread(file + total, 1, room - total, stdin)) > 0) { total += n; if (total == room) file = realloc(file, room *= 2); }
    took = malloc(sizeof(double) * (total / 64 + 1));
    peer.sin_family = AF_INET; peer.sin_port = htons(atoi(argv[1])); peer.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int many = atoi(argv[2]), poll = epoll_create1(0), open = 0;
    struct slot *slots = calloc(many, sizeof *slots);
    double start = now();
    for (int i = 0; i < many; i++) open += begin(&slots[i], poll);
    while (open) {
        struct epoll_event es[64]; int k = epoll_wait(poll, es, 64, 30000);
        if (k <= 0) { fprintf(stderr, "stalled\n"); return 1; }
        for (int i = 0; i < k; i++) {
            struct slot *s = es[i].data.ptr;
            if (s->sent < s->size) {
                ssize_t w = send(s->fd, s->request + s->sent, s->size - s->sent, MSG_NOSIGNAL);
                if (w < 0 && errno == EAGAIN) continue;
                if (w < 0) { if (!finish(s, poll)) open--; continue; }
                s->sent += w;
                if (s->sent == s->size) { struct epoll_event e = {.events = EPOLLIN, .data.ptr = s}; epoll_ctl(poll, EPOLL_CTL_MOD, s->fd, &e); }
                continue;
            }
            char buffer[4096]; ssize_t r = recv(s->fd, buffer, sizeof buffer, 0);
            if (r < 0 && errno == EAGAIN) continue;
            if (r > 0) {
                for (ssize_t j = 0; j < r && s->got + j < sizeof s->head; j++) s->head[s->got + j] = buffer[j];
                s->got += r;
                if (r < 4 || memcmp(buffer + r - 4, "\r\n\r\n", 4)) continue; /* a 204 ends with its head */
            }
            if (!finish(s, poll)) open--;
        }
    }
    double seconds = now() - start;
    qsort(took, asked, sizeof *took, by_size);
    printf("%ld %.6f %ld %.0f %.0f %.0f\n", asked, seconds, kept, took[asked / 2] * 1e6, took[asked * 99 / 100] * 1e6, took[asked - 1] * 1e6);
    return other ? 3 : 0;
}
