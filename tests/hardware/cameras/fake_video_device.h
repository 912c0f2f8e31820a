/* The functions of fake_video_device.c for fake_video_calls.c: one webcam, whose behaviour depends on files. */
#ifndef FAKE_VIDEO_DEVICE_H
#define FAKE_VIDEO_DEVICE_H

int fake_file_exists(const char *name);      /* whether $FAKE_VIDEO contains a file of this name */
int fake_open(int metadata);                 /* a new descriptor of the webcam, or -1 with errno */
int fake_is_open(int fd);                    /* whether fd is an open descriptor of the webcam */
void fake_close(int fd);
int fake_ioctl(int fd, unsigned long request, void *argument);
int fake_readable(int fd);                   /* whether select() returns now */

#endif
