/* What fake_video_device.c offers to fake_video_calls.c: one webcam, and the files that say how it behaves. */
#ifndef FAKE_VIDEO_DEVICE_H
#define FAKE_VIDEO_DEVICE_H

int fake_there(const char *name);            /* is there a file of this name in $FAKE_VIDEO? */
int fake_open(int metadata);                 /* a new descriptor of the webcam, or -1 with errno */
int fake_is(int fd);                         /* is it one of ours? */
void fake_close(int fd);
int fake_ioctl(int fd, unsigned long request, void *argument);
int fake_readable(int fd);                   /* would a select() of a kernel return now? */

#endif
