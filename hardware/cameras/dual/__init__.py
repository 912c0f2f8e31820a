"""Two cameras in one station: one shows the live view, the other takes the shot. `dual:LIVE+SHOT`.

Every live frame is transformed into the framing of the shot, so that it shows what the shot will show: outline,
guidance and studio check work as with one camera. The `Framing` is the transformation, which `calibrate` finds once
from pictures of both cameras of the same still scene.

Why a similarity (scale, roll, shift: four numbers) and no homography (eight): the two lenses stand side by side, so no
plane mapping is right at every distance. A homography would spend its other four numbers on whatever plane most of the
matches lie in, fit it to the pixel and be wrong where the sitter's face is, worst at the edges, where no match holds
it; and its small residual would say that all is well. A similarity is right at the sitter's distance and its residual
honestly contains what it cannot do: parallax, and the distortion of a webcam's lens.

Parallax: with lenses b apart, a point at distance Z is off by f * b * (1/Z - 1/D) pixels, where the framing was found
at distance D and f is the shot's focal length in view pixels. A portrait that shows 1.0 m across 1280 pixels from
D = 2.0 m has f = 2560 px; with b = 8 cm, a sitter 10 cm too near is shown 5.4 px off (4 mm at the sitter), one 10 cm
too far 4.9 px, and the backdrop 1.5 m behind 44 px. So: the lenses as close together as they go, the framing found
with somebody or something at the sitter's mark, and never from the backdrop.

Only the framing is the shot's. Light and colour in the live view are the live camera's own, so their rules are
evaluated again on the shot, as always.
"""
