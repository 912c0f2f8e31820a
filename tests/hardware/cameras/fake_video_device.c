/* A fake UVC webcam for OpenCV's real V4L2 backend; fake_video_calls.c redirects the system calls to it.
 *
 * $FAKE_VIDEO is its folder. WIDTHxHEIGHT.jpg are the pictures that it can send as Motion-JPEG; if there is a file
 * "raw", it sends WIDTHxHEIGHT.yuyv as raw pixels. "modes" contains lines of width, height and frames a second; a size
 * without a picture is confirmed but not set. Other files change its behaviour:
 *   unplugged  every call fails (ENODEV)
 *   frozen     no more frames
 *   busy       another program streams
 *   denied     this user may not open it (in fake_video_calls.c)
 *   dark       contains the number of black frames (black.jpg) before the first picture
 *   cut        every second frame ends half-way, as after USB errors
 *   shrunk     sends shrunk.jpg, whatever size was set
 *   stubborn   contains the numbers of controls that confirm a new value and keep the old one
 *   lacking    contains the numbers of controls that it does not have
 * Each value set is written to "controls", as a line of number and value.
 */
#define _GNU_SOURCE
#include "fake_video_device.h"
#include <errno.h>
#include <linux/videodev2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define BUFFERS 4
#define BUFFER_SIZE (4u << 20)
#define FILES 16
#define COUNT(array) (sizeof(array) / sizeof *(array))

struct control { unsigned id; int lowest, highest, step, value; };

static struct control controls[] = {
    {V4L2_CID_GAIN, 0, 100, 1, 32},
    {V4L2_CID_AUTO_WHITE_BALANCE, 0, 1, 1, 1},
    {V4L2_CID_POWER_LINE_FREQUENCY, 0, 2, 1, 2},
    {V4L2_CID_WHITE_BALANCE_TEMPERATURE, 2800, 6500, 10, 4000},
    {V4L2_CID_EXPOSURE_AUTO, 0, 3, 1, 3},
    {V4L2_CID_EXPOSURE_ABSOLUTE, 3, 2047, 1, 250},
    {V4L2_CID_EXPOSURE_AUTO_PRIORITY, 0, 1, 1, 1},
    {V4L2_CID_FOCUS_ABSOLUTE, 0, 250, 5, 0},
    {V4L2_CID_FOCUS_AUTO, 0, 1, 1, 1},
};
static struct { int fd, metadata; } files[FILES];
static int n_files, streamer = -1; /* the only descriptor that has the buffers */
static int streaming, width = 640, height = 480, rate = 30, sent;
static int waiting[BUFFERS], n_waiting;
static long frame_of[BUFFERS], last_frame;
static double began;

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

int fake_file_exists(const char *name) { return access(inside(name), F_OK) == 0; }

static const char *picture(int w, int h) {
    char name[64];
    snprintf(name, sizeof name, "%dx%d.%s", w, h, fake_file_exists("raw") ? "yuyv" : "jpg");
    return inside(name);
}

static int fail(int error) { errno = error; return -1; }

/* Returns the first number in that file; with `wanted`, whether the file contains that number. */
static long number_in(const char *name, const long *wanted) {
    FILE *file = fopen(inside(name), "r");
    long found = 0, number;
    if (!file) return 0;
    while (fscanf(file, "%ld", &number) == 1 && !found) found = wanted ? number == *wanted : number;
    fclose(file);
    return found;
}

static int among(unsigned id, const char *name) { return number_in(name, &(long){id}) != 0; }

/* Reads mode number `index` of those with this width and height (0: any); returns 0 if there is none. */
static int read_mode(unsigned index, int w, int h, int *mode) {
    FILE *file = fopen(inside("modes"), "r");
    int found = 0;
    if (!file) return 0;
    while (!found && fscanf(file, "%d %d %d", mode, mode + 1, mode + 2) == 3)
        if ((!w || (mode[0] == w && mode[1] == h)) && index-- == 0) found = 1;
    fclose(file);
    return found;
}

int fake_open(int metadata) {
    int fd = memfd_create("fake-video", MFD_CLOEXEC);
    if (fd < 0 || n_files == FILES || ftruncate(fd, (off_t)BUFFERS * BUFFER_SIZE) < 0) return fail(ENOMEM);
    files[n_files].fd = fd, files[n_files++].metadata = metadata;
    return fd;
}

static int position(int fd) {
    for (int i = 0; i < n_files; i++)
        if (files[i].fd == fd) return i;
    return -1;
}

int fake_is_open(int fd) { return position(fd) >= 0; }

void fake_close(int fd) {
    files[position(fd)] = files[n_files - 1];
    n_files--;
    if (fd == streamer) streamer = -1, streaming = n_waiting = 0;
}

static unsigned format(void) { return fake_file_exists("raw") ? V4L2_PIX_FMT_YUYV : V4L2_PIX_FMT_MJPEG; }
static int held_by_another(int fd) { return fake_file_exists("busy") || (streamer >= 0 && streamer != fd); }

static int set_format(struct v4l2_format *f, int change) {
    if (f->type != V4L2_BUF_TYPE_VIDEO_CAPTURE) return fail(EINVAL);
    int w = (int)f->fmt.pix.width, h = (int)f->fmt.pix.height;
    if (change && access(picture(w, h), F_OK) == 0) width = w, height = h;
    memset(&f->fmt.pix, 0, sizeof f->fmt.pix);
    f->fmt.pix.width = (unsigned)width;
    f->fmt.pix.height = (unsigned)height;
    f->fmt.pix.pixelformat = format();
    f->fmt.pix.bytesperline = fake_file_exists("raw") ? (unsigned)width * 2 : 0;
    f->fmt.pix.field = V4L2_FIELD_NONE;
    f->fmt.pix.sizeimage = fake_file_exists("raw") ? (unsigned)(width * height * 2) : BUFFER_SIZE;
    return 0;
}

static int set_rate(struct v4l2_streamparm *p, int change) {
    struct v4l2_fract *t = &p->parm.capture.timeperframe;
    int mode[3] = {0, 0, 30};
    read_mode(0, width, height, mode);
    if (change && t->numerator && t->denominator / t->numerator >= 1) rate = (int)(t->denominator / t->numerator);
    if (rate > mode[2]) rate = mode[2];
    p->parm.capture.capability = V4L2_CAP_TIMEPERFRAME;
    t->numerator = 1, t->denominator = (unsigned)rate;
    return 0;
}

/* A frame needs a buffer that waits when the frame begins: with one buffer every second frame is lost. */
static void await_frame(int buffer) {
    long next = (long)((monotonic() - began) * rate) + 1;
    frame_of[buffer] = last_frame = next > last_frame ? next : last_frame + 1;
}

static double complete(int buffer) { return began + (double)(frame_of[buffer] + 1) / rate; }

static int is_ready(void) {
    return streaming && n_waiting && monotonic() >= complete(waiting[0]) && !fake_file_exists("frozen");
}

static FILE *next_picture(void) {
    if (sent < number_in("dark", NULL)) return fopen(inside("black.jpg"), "rb");
    return fopen(fake_file_exists("shrunk") ? inside("shrunk.jpg") : picture(width, height), "rb");
}

static int deliver_frame(int fd, struct v4l2_buffer *b) {
    static char bytes[BUFFER_SIZE];
    if (!is_ready()) return fail(EAGAIN);
    FILE *file = next_picture();
    if (!file) return fail(EIO);
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    if (fake_file_exists("cut") && sent % 2) size /= 2;
    int buffer = waiting[0];
    double start = complete(buffer) - 1.0 / rate;
    memmove(waiting, waiting + 1, sizeof *waiting * (size_t)--n_waiting);
    if (pwrite(fd, bytes, size, (off_t)buffer * BUFFER_SIZE) != (ssize_t)size) return fail(EIO);
    b->index = (unsigned)buffer, b->bytesused = (unsigned)size, b->length = BUFFER_SIZE;
    b->sequence = (unsigned)sent++, b->flags = V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC, b->field = V4L2_FIELD_NONE;
    b->timestamp.tv_sec = (long)start, b->timestamp.tv_usec = (long)((start - (double)(long)start) * 1e6);
    return 0;
}

static struct control *control(unsigned id) {
    for (size_t i = 0; i < COUNT(controls); i++)
        if (controls[i].id == id && !among(id, "lacking")) return &controls[i];
    return NULL;
}

static int describe_control(struct v4l2_queryctrl *q) {
    struct control *c = control(q->id);
    if (!c) return fail(EINVAL);
    q->type = V4L2_CTRL_TYPE_INTEGER, q->step = c->step, q->flags = 0;
    q->minimum = c->lowest, q->maximum = c->highest, q->default_value = c->lowest;
    return 0;
}

static int use_control(struct v4l2_control *one, int set) {
    struct control *c = control(one->id);
    if (!c) return fail(EINVAL);
    if (set && (one->value < c->lowest || one->value > c->highest)) return fail(ERANGE);
    if (set && !among(one->id, "stubborn")) {
        FILE *file = fopen(inside("controls"), "a");
        if (file) fprintf(file, "%u %d\n", one->id, one->value), fclose(file);
        c->value = one->value;
    }
    if (!set) one->value = c->value;
    return 0;
}

static int describe(struct v4l2_capability *c, int metadata) {
    memset(c, 0, sizeof *c);
    strcpy((char *)c->driver, "uvcvideo");
    strcpy((char *)c->card, "Fake webcam");
    c->device_caps = V4L2_CAP_STREAMING | (metadata ? V4L2_CAP_META_CAPTURE : V4L2_CAP_VIDEO_CAPTURE);
    c->capabilities = V4L2_CAP_STREAMING | V4L2_CAP_META_CAPTURE | V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_DEVICE_CAPS;
    return 0;
}

static int describe_size(struct v4l2_frmsizeenum *s) {
    int mode[3];
    if (s->pixel_format != format() || !read_mode(s->index, 0, 0, mode)) return fail(EINVAL);
    s->type = V4L2_FRMSIZE_TYPE_DISCRETE;
    s->discrete.width = (unsigned)mode[0], s->discrete.height = (unsigned)mode[1];
    return 0;
}

static int describe_interval(struct v4l2_frmivalenum *i) {
    int mode[3];
    if (!read_mode(i->index, (int)i->width, (int)i->height, mode)) return fail(EINVAL);
    i->type = V4L2_FRMIVAL_TYPE_DISCRETE, i->discrete.numerator = 1, i->discrete.denominator = (unsigned)mode[2];
    return 0;
}

static int use_buffers(int fd, unsigned long request, void *a) {
    struct v4l2_requestbuffers *requested = a;
    struct v4l2_buffer *b = a;
    if (request == VIDIOC_REQBUFS) {
        if (requested->memory != V4L2_MEMORY_MMAP) return fail(EINVAL);
        if (requested->count > BUFFERS) requested->count = BUFFERS;
        streamer = requested->count ? fd : -1, n_waiting = 0;
    } else if (request == VIDIOC_QUERYBUF) {
        if (b->index >= BUFFERS) return fail(EINVAL);
        b->length = BUFFER_SIZE, b->m.offset = b->index * BUFFER_SIZE, b->flags = 0;
    } else {
        if (n_waiting == BUFFERS) return fail(EINVAL);
        waiting[n_waiting++] = (int)b->index;
        if (streaming) await_frame((int)b->index);
    }
    return 0;
}

static int stream(int on) {
    streaming = on, sent = 0, last_frame = 0, began = monotonic();
    for (int i = 0; on && i < n_waiting; i++) await_frame(waiting[i]);
    if (!on) n_waiting = 0;
    return 0;
}

int fake_ioctl(int fd, unsigned long request, void *a) {
    int metadata = files[position(fd)].metadata;
    if (fake_file_exists("unplugged")) return fail(ENODEV);
    if (request == VIDIOC_QUERYCAP) return describe(a, metadata);
    if (metadata) return fail(EINVAL);
    switch (request) {
    case VIDIOC_G_INPUT: *(int *)a = 0; return 0;
    case VIDIOC_S_INPUT: return 0;
    case VIDIOC_ENUMINPUT:
        if (((struct v4l2_input *)a)->index) return fail(EINVAL);
        ((struct v4l2_input *)a)->type = V4L2_INPUT_TYPE_CAMERA;
        return 0;
    case VIDIOC_ENUM_FMT:
        if (((struct v4l2_fmtdesc *)a)->index) return fail(EINVAL);
        ((struct v4l2_fmtdesc *)a)->pixelformat = format();
        return 0;
    case VIDIOC_ENUM_FRAMESIZES: return describe_size(a);
    case VIDIOC_ENUM_FRAMEINTERVALS: return describe_interval(a);
    case VIDIOC_S_FMT: return held_by_another(fd) ? fail(EBUSY) : set_format(a, 1);
    case VIDIOC_G_FMT: case VIDIOC_TRY_FMT: return set_format(a, 0);
    case VIDIOC_S_PARM: return held_by_another(fd) ? fail(EBUSY) : set_rate(a, 1);
    case VIDIOC_G_PARM: return set_rate(a, 0);
    case VIDIOC_REQBUFS: case VIDIOC_QUERYBUF: case VIDIOC_QBUF:
        return held_by_another(fd) ? fail(EBUSY) : use_buffers(fd, request, a);
    case VIDIOC_DQBUF: return deliver_frame(fd, a);
    case VIDIOC_STREAMON: return stream(1);
    case VIDIOC_STREAMOFF: return stream(0);
    case VIDIOC_QUERYCTRL: return describe_control(a);
    case VIDIOC_G_CTRL: return use_control(a, 0);
    case VIDIOC_S_CTRL: return use_control(a, 1);
    default: return fail(EINVAL);
    }
}

int fake_readable(int fd) { return fd == streamer && (fake_file_exists("unplugged") || is_ready()); }
