"""Two cameras in one station: one shows the live view, the other takes the shot. `dual:LIVE+SHOT`.

Every live frame is transformed into the framing of the shot, so that it shows the same part of the scene: outline,
guidance and studio check work as with one camera. The `Framing` is the transformation; `calibrate` estimates it once
from pictures that both cameras take of the same still scene.

The transformation is a similarity (scale, roll, shift: four parameters) and not a homography (eight). The two lenses
are side by side, so no mapping of a plane is right at every distance. A homography would fit its other four parameters
to the plane of most matches. It would be wrong at the sitter's face, most of all at the edges, where there are no
matches, and its small residual would hide that. A similarity is right at the sitter's distance, and its residual
contains what it cannot model: parallax, and the distortion of a webcam's lens.

Parallax: with a distance b between the lenses, a point at distance Z is displaced by f * b * (1/Z - 1/D) pixels, where
D is the distance of the calibration and f the shot's focal length in view pixels. A portrait that shows 1.0 m across
1280 pixels from D = 2.0 m has f = 2560 px. With b = 8 cm, a sitter 10 cm too near is shown 5.4 px off (4 mm at the
sitter), one 10 cm too far 4.9 px, and the backdrop 1.5 m behind 44 px. So the lenses should be as close together as
possible, and the calibration needs a person or an object at the sitter's mark, never the backdrop alone.

Only the framing is that of the shot. Light and colour in the live view are those of the live camera, so their rules are
evaluated again on the shot.
"""
