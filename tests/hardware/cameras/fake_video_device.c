/* A webcam at /dev/video0 for processes that preload this library: the real OpenCV talks real V4L2 to it.
 *
 * $FAKE_VIDEO is its folder: WIDTHxHEIGHT.jpg are the pictures it can send as Motion-JPEG; the file "unplugged" pulls
 * its plug (ENODEV), "frozen" stops its frames. It takes no size that it has no picture for, though it says yes.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <linux/videodev2.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <time.h>
#include <unistd.h>

#define DEVICE "/dev/video0"
#define BUFFERS 4
#define BUFFER_SIZE (2u << 20)

struct control { unsigned id; int lowest, highest, value; };

static struct control controls[] = {
    {V4L2_CID_EXPOSURE_AUTO, 0, 3, 3},
    {V4L2_CID_EXPOSURE_ABSOLUTE, 1, 5000, 250},
};
static int device = -1, streaming, width, height, rate = 30;
static int waiting[BUFFERS], n_waiting;
static unsigned sequence;
static double next_frame;

static double monotonic(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static const char *inside(const char *name) {
    static __thread char path[1024];
    snprintf(path, sizeof path, "%s/%s", getenv("FAKE_VIDEO"), name);
    return path;
}

static const char *picture(int w, int h) {
    char name[64];
    snprintf(name, sizeof name, "%dx%d.jpg", w, h);
    return inside(name);
}

static int there(const char *name) { return access(inside(name), F_OK) == 0; }
static int refuse(int why) { errno = why; return -1; }

static int open_device(void) {
    if (there("unplugged")) return refuse(ENOENT);
    if (device >= 0) return refuse(EBUSY);
    device = memfd_create("fake-video", 0);
    if (device < 0 || ftruncate(device, (off_t)BUFFERS * BUFFER_SIZE) < 0) return -1;
    width = 640, height = 480, streaming = n_waiting = 0;
    return device;
}

static int set_format(struct v4l2_format *f, int keep) {
    if (f->type != V4L2_BUF_TYPE_VIDEO_CAPTURE) return refuse(EINVAL);
    int w = (int)f->fmt.pix.width, h = (int)f->fmt.pix.height;
    if (keep && access(picture(w, h), F_OK) == 0) width = w, height = h;
    memset(&f->fmt.pix, 0, sizeof f->fmt.pix);
    f->fmt.pix.width = (unsigned)width;
    f->fmt.pix.height = (unsigned)height;
    f->fmt.pix.pixelformat = V4L2_PIX_FMT_MJPEG;
    f->fmt.pix.field = V4L2_FIELD_NONE;
    f->fmt.pix.sizeimage = BUFFER_SIZE;
    return 0;
}

static int set_rate(struct v4l2_streamparm *p, int keep) {
    struct v4l2_fract *t = &p->parm.capture.timeperframe;
    if (keep && t->numerator && t->denominator / t->numerator >= 1) rate = (int)(t->denominator / t->numerator);
    if (rate > 30) rate = 30;
    p->parm.capture.capability = V4L2_CAP_TIMEPERFRAME;
    t->numerator = 1, t->denominator = (unsigned)rate;
    return 0;
}

static int give_frame(struct v4l2_buffer *b) {
    static char bytes[BUFFER_SIZE];
    if (!streaming || !n_waiting || monotonic() < next_frame || there("frozen")) return refuse(EAGAIN);
    FILE *file = fopen(picture(width, height), "rb");
    if (!file) return refuse(EIO);
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    b->index = (unsigned)waiting[0];
    memmove(waiting, waiting + 1, sizeof *waiting * (size_t)--n_waiting);
    if (pwrite(device, bytes, size, (off_t)b->index * BUFFER_SIZE) != (ssize_t)size) return refuse(EIO);
    next_frame = monotonic() + 1.0 / rate;
    b->bytesused = (unsigned)size, b->length = BUFFER_SIZE, b->sequence = sequence++;
    b->flags = 0, b->field = V4L2_FIELD_NONE;
    return 0;
}

static struct control *control(unsigned id) {
    for (size_t i = 0; i < sizeof controls / sizeof *controls; i++)
        if (controls[i].id == id) return &controls[i];
    return NULL;
}

static int describe_control(struct v4l2_queryctrl *q) {
    struct control *c = control(q->id);
    if (!c) return refuse(EINVAL);
    q->type = V4L2_CTRL_TYPE_INTEGER, q->step = 1, q->flags = 0;
    q->minimum = c->lowest, q->maximum = c->highest, q->default_value = c->lowest;
    return 0;
}

static int use_control(unsigned id, int *value, int set) {
    struct control *c = control(id);
    if (!c) return refuse(EINVAL);
    if (set) c->value = *value; else *value = c->value;
    return 0;
}

static int use_controls(struct v4l2_ext_controls *all, int set) {
    for (unsigned i = 0; i < all->count; i++)
        if (use_control(all->controls[i].id, &all->controls[i].value, set)) return -1;
    return 0;
}

static int describe(struct v4l2_capability *c) {
    memset(c, 0, sizeof *c);
    strcpy((char *)c->driver, "fake");
    strcpy((char *)c->card, "Fake webcam");
    c->device_caps = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
    c->capabilities = c->device_caps | V4L2_CAP_DEVICE_CAPS;
    return 0;
}

static int answer(unsigned long request, void *a) {
    struct v4l2_buffer *buffer = a;
    struct v4l2_control *one = a;
    if (there("unplugged")) return refuse(ENODEV);
    switch (request) {
    case VIDIOC_QUERYCAP: return describe(a);
    case VIDIOC_G_INPUT: *(int *)a = 0; return 0;
    case VIDIOC_S_INPUT: return 0;
    case VIDIOC_ENUMINPUT:
        if (((struct v4l2_input *)a)->index) return refuse(EINVAL);
        ((struct v4l2_input *)a)->type = V4L2_INPUT_TYPE_CAMERA;
        return 0;
    case VIDIOC_ENUM_FMT:
        if (((struct v4l2_fmtdesc *)a)->index) return refuse(EINVAL);
        ((struct v4l2_fmtdesc *)a)->pixelformat = V4L2_PIX_FMT_MJPEG;
        return 0;
    case VIDIOC_S_FMT: return set_format(a, 1);
    case VIDIOC_G_FMT: case VIDIOC_TRY_FMT: return set_format(a, 0);
    case VIDIOC_S_PARM: return set_rate(a, 1);
    case VIDIOC_G_PARM: return set_rate(a, 0);
    case VIDIOC_REQBUFS: {
        struct v4l2_requestbuffers *r = a;
        if (r->memory != V4L2_MEMORY_MMAP) return refuse(EINVAL);
        if (r->count > BUFFERS) r->count = BUFFERS;
        n_waiting = 0;
        return 0;
    }
    case VIDIOC_QUERYBUF:
        if (buffer->index >= BUFFERS) return refuse(EINVAL);
        buffer->length = BUFFER_SIZE, buffer->m.offset = buffer->index * BUFFER_SIZE, buffer->flags = 0;
        return 0;
    case VIDIOC_QBUF:
        if (n_waiting == BUFFERS) return refuse(EINVAL);
        waiting[n_waiting++] = (int)buffer->index;
        return 0;
    case VIDIOC_DQBUF: return give_frame(buffer);
    case VIDIOC_STREAMON: streaming = 1, next_frame = monotonic(); return 0;
    case VIDIOC_STREAMOFF: streaming = n_waiting = 0; return 0;
    case VIDIOC_QUERYCTRL: return describe_control(a);
    case VIDIOC_G_CTRL: return use_control(one->id, &one->value, 0);
    case VIDIOC_S_CTRL: return use_control(one->id, &one->value, 1);
    case VIDIOC_G_EXT_CTRLS: return use_controls(a, 0);
    case VIDIOC_S_EXT_CTRLS: return use_controls(a, 1);
    default: return refuse(EINVAL);
    }
}

/* What stands between a program and the kernel. */

static int is_ours(const char *path) { return getenv("FAKE_VIDEO") && strcmp(path, DEVICE) == 0; }

int open(const char *path, int flags, ...) {
    va_list list;
    va_start(list, flags);
    int mode = va_arg(list, int);
    va_end(list);
    if (is_ours(path)) return open_device();
    return ((int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open"))(path, flags, mode);
}

int open64(const char *path, int flags, ...) {
    va_list list;
    va_start(list, flags);
    int mode = va_arg(list, int);
    va_end(list);
    if (is_ours(path)) return open_device();
    return ((int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open64"))(path, flags, mode);
}

int close(int fd) {
    if (fd >= 0 && fd == device) device = -1;
    return ((int (*)(int))dlsym(RTLD_NEXT, "close"))(fd);
}

int ioctl(int fd, unsigned long request, ...) {
    va_list list;
    va_start(list, request);
    void *argument = va_arg(list, void *);
    va_end(list);
    if (fd >= 0 && fd == device) return answer(request, argument);
    return ((int (*)(int, unsigned long, ...))dlsym(RTLD_NEXT, "ioctl"))(fd, request, argument);
}

int select(int n, fd_set *r, fd_set *w, fd_set *x, struct timeval *patience) {
    if (!(r && device >= 0 && device < n && FD_ISSET(device, r)))
        return ((int (*)(int, fd_set *, fd_set *, fd_set *, struct timeval *))dlsym(RTLD_NEXT, "select"))(n, r, w, x,
                                                                                                        patience);
    double until = patience ? monotonic() + (double)patience->tv_sec + (double)patience->tv_usec * 1e-6 : 1e300;
    while (monotonic() < until) {
        if (there("unplugged") || (monotonic() >= next_frame && !there("frozen"))) return 1;
        usleep(1000);
    }
    return 0;
}
