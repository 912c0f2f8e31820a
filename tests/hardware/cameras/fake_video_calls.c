/* Redirects system calls of a program that preloads this library to the webcam of fake_video_device.c.
 *
 * Paths that begin with one of PREFIXES are searched for below $FAKE_VIDEO. A node dev/videoN there is the webcam; if
 * its file contains "metadata", it is the second node of a UVC camera, which delivers no pictures.
 */
#define _GNU_SOURCE
#include "fake_video_device.h"
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#define REAL(type, name, ...) ((type(*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name))
#define MODE_OF(flags) va_list list; va_start(list, flags); int mode = va_arg(list, int); va_end(list)

static const char *const PREFIXES[] = {"/sys/class/video4linux", "/dev/v4l", "/dev/video"};

static const char *redirect(const char *path, char *buffer) {
    for (size_t i = 0; getenv("FAKE_VIDEO") && i < sizeof PREFIXES / sizeof *PREFIXES; i++)
        if (strncmp(path, PREFIXES[i], strlen(PREFIXES[i])) == 0) {
            snprintf(buffer, PATH_MAX, "%s%s", getenv("FAKE_VIDEO"), path);
            return buffer;
        }
    return path;
}

/* 0: no node of the webcam; 1: its node for pictures; 2: its node for metadata. */
static int node(const char *path) {
    char nodes[PATH_MAX], whole[PATH_MAX], word[16] = "";
    if (!getenv("FAKE_VIDEO") || !realpath(path, whole)) return 0;
    snprintf(nodes, sizeof nodes, "%s/dev/video", getenv("FAKE_VIDEO"));
    if (strncmp(whole, nodes, strlen(nodes)) != 0) return 0;
    FILE *file = fopen(whole, "r");
    if (file && fscanf(file, "%15s", word) != 1) word[0] = 0;
    if (file) fclose(file);
    return strcmp(word, "metadata") == 0 ? 2 : 1;
}

static int open_node(int kind) {
    if (fake_file_exists("denied")) { errno = EACCES; return -1; }
    return fake_open(kind == 2);
}

int open(const char *path, int flags, ...) {
    char buffer[PATH_MAX];
    MODE_OF(flags);
    const char *actual = redirect(path, buffer);
    int kind = actual == buffer ? node(actual) : 0;
    return kind ? open_node(kind) : REAL(int, open, const char *, int, ...)(actual, flags, mode);
}

int open64(const char *path, int flags, ...) {
    char buffer[PATH_MAX];
    MODE_OF(flags);
    const char *actual = redirect(path, buffer);
    int kind = actual == buffer ? node(actual) : 0;
    return kind ? open_node(kind) : REAL(int, open64, const char *, int, ...)(actual, flags, mode);
}

DIR *opendir(const char *path) {
    char buffer[PATH_MAX];
    return REAL(DIR *, opendir, const char *)(redirect(path, buffer));
}

ssize_t readlink(const char *restrict path, char *restrict target, size_t size) {
    char buffer[PATH_MAX];
    return REAL(ssize_t, readlink, const char *, char *, size_t)(redirect(path, buffer), target, size);
}

int close(int fd) {
    if (fake_is_open(fd)) fake_close(fd);
    return REAL(int, close, int)(fd);
}

int ioctl(int fd, unsigned long request, ...) {
    va_list list;
    va_start(list, request);
    void *argument = va_arg(list, void *);
    va_end(list);
    if (fake_is_open(fd)) return fake_ioctl(fd, request, argument);
    return REAL(int, ioctl, int, unsigned long, ...)(fd, request, argument);
}

static double monotonic(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

int select(int n, fd_set *r, fd_set *w, fd_set *x, struct timeval *timeout) {
    int webcam = -1;
    for (int fd = 0; r && fd < n && webcam < 0; fd++)
        if (FD_ISSET(fd, r) && fake_is_open(fd)) webcam = fd;
    if (webcam < 0) return REAL(int, select, int, fd_set *, fd_set *, fd_set *, struct timeval *)(n, r, w, x, timeout);
    double until = timeout ? monotonic() + (double)timeout->tv_sec + (double)timeout->tv_usec * 1e-6 : 1e300;
    while (monotonic() < until) {
        if (fake_readable(webcam)) return 1;
        usleep(1000);
    }
    return 0;
}
