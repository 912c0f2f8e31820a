"""A simulated DSLR that speaks PTP/IP, as a Nikon or as a Canon EOS, to the real libgphoto2, with faults on request.

It runs in a separate process: some calls of python-gphoto2 hold the interpreter's lock while they wait, so a camera in
the same process could never answer.

    from hardware.simulators.ptp_camera.simulated_dslr import SimulatedDslr

    with SimulatedDslr("--lens", "card", "--size", "600x400", "--delay", "0.05", "--serial", "A1") as dslr:
        dslr.path                   # "ptpip:127.0.0.1:43211:43211", for gphoto2.PortInfoList.lookup_path
        dslr.send_command("fault busy 2")   # the next two captures are answered with DeviceBusy
        dslr.unplug(); dslr.plug()  # on the same port
        dslr.kill(); dslr.start()   # a power cut: same port, empty card

    cables = gphoto2.PortInfoList(); cables.load(); models = gphoto2.CameraAbilitiesList(); models.load()
    camera = gphoto2.Camera()
    camera.set_port_info(cables[cables.lookup_path(dslr.path)])
    camera.set_abilities(models[models.lookup_model("PTP/IP Camera")])
    camera.init()                   # libgphoto2 finds no PTP/IP camera by itself: port and model are given

Arguments (all have defaults): --port N, --lens card|studio|folder:PATH, --scene NAME, --size WxH, --delay SECONDS,
--model, --serial, --firmware, --dialect nikon|old-nikon|eos. `card` is a numbered test card (cheap); `studio` is the
simulated studio with its sitter at 24 megapixels.

nikon: as since 2009, CAPTURE_TO_MEDIA, DEVICE_READY until it is no longer busy, events fetched by GET_EVENTS.
old-nikon (also --standard-only): as of 2006, standard captures, events on the event connection.
eos: a Canon EOS of about 2016, remote mode, shutter pressed halfway and through, settings and events by polling; JPEG
only. Out of focus is DeviceBusy (-110) at the full press there, as with real ones.

libgphoto2 focuses a Nikon before a shot only where its setting `autofocus` is On and no live view runs; it shoots into
a camera's memory unless its setting `capturetarget` is "Memory card". A camera takes one initiator; a second is
refused (-1) while the first is there.

Lines for `send_command` (each answered with "ok", a word, or ValueError):

    unplug | plug | drop                connections break and new ones are refused | welcome again | break only
    sleep [N] | wake                    breaks, refuses N initiators (else until wake), then is there again
    shutter                             somebody presses the shutter on the body
    delay SECONDS | speed BYTES_A_S     how long a capture takes | how fast files are sent (0: as fast as it can)
    battery PERCENT                     at 5 and below neither live view nor shots
    card in|out|full|N                  put in, pulled out, full, room for N pictures
    prohibit [BITS]                     live view is prohibited (default: battery exhausted); prohibit 0 ends it
    set NAME VALUE|refused              a dial turned at the camera, or a setting it will not have changed
    lens WORDS                          to what it sees, e.g. lens scene smile
    status                              JSON: taken, busy, files, settings, asked (how often each operation)
    heal | renew                        no more faults | as when it was started: empty card, first settings, plugged in
    fault busy|general_error|store_full [TIMES]   answer to captures
    fault out_of_focus [TIMES]          whenever it tries to focus, unless focus is manual
    fault hang                          the next picture never comes; it stays busy until unplugged
    fault truncated|garbage|empty [TIMES]         the next pictures' files
    fault frame truncated|garbage|empty [TIMES]   live-view pictures
    fault frame_late SECONDS [TIMES]
    fault cut BYTES [TIMES]             the connection breaks after so many bytes of a download
    fault refuse OPERATION RESPONSE [TIMES]       by names of codes.py or by numbers; `capture`, `download` are several
    fault late OPERATION SECONDS [TIMES]
    fault silent OPERATION [TIMES]      never answered

Three things of libgphoto2 2.5.34 to know: leaving a PTP/IP camera (exit, or the object's end) closes file descriptor 0,
whatever that is, because ptpip.c never set it (jpgfd): open os.devnull again until 0 is taken, or a later camera's
socket gets that number and is closed by the next to leave. And it keeps settings for some seconds: battery and
room on the card are fresh only after wait_for_event has fetched their change. And get_single_config returns None,
with no error, for a setting that an EOS does not have.

What libgphoto2 2.5.34 makes of them: see tests/hardware/simulators/ptp_camera/test_faults.py, where each bites.
"""
