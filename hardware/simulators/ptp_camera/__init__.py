"""A simulated DSLR for the real libgphoto2: PTP/IP as a Nikon or a Canon EOS, with faults on request.

It runs in a separate process: some calls of python-gphoto2 hold the interpreter's lock while they wait, so a camera in
the same process could never answer.

    from hardware.simulators.ptp_camera.simulated_dslr import SimulatedDslr

    with SimulatedDslr("--lens", "card", "--size", "600x400", "--delay", "0.05", "--serial", "A1") as dslr:
        dslr.path                   # "ptpip:127.0.0.1:43211:43211", for gphoto2.PortInfoList.lookup_path
        dslr.send_command("fault busy 2")   # the next two captures are answered with DeviceBusy
        dslr.unplug(); dslr.plug()  # on the same port
        dslr.kill(); dslr.start()   # a power cut: same port, empty card

    ports = gphoto2.PortInfoList(); ports.load()
    models = gphoto2.CameraAbilitiesList(); models.load()
    camera = gphoto2.Camera()  # libgphoto2 does not search for PTP/IP cameras: set port and model
    camera.set_port_info(ports[ports.lookup_path(dslr.path)])
    camera.set_abilities(models[models.lookup_model("PTP/IP Camera")])
    camera.init()

Arguments (all have defaults): --port N, --lens card|studio|folder:PATH, --scene NAME, --size WxH, --delay SECONDS,
--model, --serial, --firmware, --dialect nikon|old-nikon|eos. `card` is a numbered test card (cheap); `studio` is the
simulated studio with its sitter at 24 megapixels.

nikon: a Nikon since about 2009, with CAPTURE_TO_MEDIA, DEVICE_READY until it is no longer busy, and events fetched by
GET_EVENTS. old-nikon (also --standard-only): a Nikon of about 2006, with standard captures, and events on the event
connection. eos: a Canon EOS of about 2016, with a remote mode, the shutter pressed halfway and fully, settings and
events by polling; JPEG only. As with a real EOS, a full press out of focus is answered with DeviceBusy (-110).

libgphoto2 focuses a Nikon before a shot only if its setting `autofocus` is On and no live view runs; it shoots into
the camera's memory unless the setting `capturetarget` is "Memory card". A camera accepts one initiator; a second one
is refused (-1) while the first is connected.

Lines for `send_command` (each answered with "ok", a word, or ValueError):

    unplug | plug | drop                break connections and refuse new ones | accept them again | break only
    sleep [N] | wake                    break, and refuse N initiators (without N: until wake) | accept them again
    shutter                             press the shutter on the body
    delay SECONDS | speed BYTES_A_S     duration of a capture | speed of downloads (0: no limit)
    battery PERCENT                     at 5 and below neither live view nor shots
    card in|out|full|N                  inserted, removed, full, room for N pictures
    prohibit [BITS]                     live view is prohibited (default: battery exhausted); prohibit 0 ends it
    set NAME VALUE|refused              turn a dial at the camera, or refuse changes of a setting
    lens WORDS                          a command for the image source, such as lens scene smile
    status                              JSON: taken, busy, files, settings, requests (number of each operation)
    heal | renew                        no more faults | state as at the start: empty card, first settings, plugged in
    fault busy|general_error|store_full [TIMES]   answer to captures
    fault out_of_focus [TIMES]          whenever it tries to focus, unless focus is manual
    fault hang                          the next picture never arrives; it stays busy until unplugged
    fault truncated|garbage|empty [TIMES]         the next pictures' files
    fault frame truncated|garbage|empty [TIMES]   live-view pictures
    fault frame_late SECONDS [TIMES]
    fault cut BYTES [TIMES]             the connection breaks after BYTES of a download
    fault refuse OPERATION RESPONSE [TIMES]       names of codes.py or numbers; `capture` and `download` are several
    fault late OPERATION SECONDS [TIMES]
    fault silent OPERATION [TIMES]      never answered

Three properties of libgphoto2 2.5.34: closing a PTP/IP camera (exit, or the object's end) closes file descriptor 0,
whatever it is, because ptpip.c never sets it (jpgfd). Open os.devnull until 0 is in use; otherwise a later camera's
socket gets that number and is closed with the next camera. libgphoto2 caches settings for some seconds: battery and
room on the card are current only after wait_for_event has fetched their change. And get_single_config returns None,
without an error, for a setting that an EOS does not have.

tests/hardware/simulators/ptp_camera/test_faults.py shows the effect of each fault on libgphoto2 2.5.34.
"""
