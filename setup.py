"""One distribution; the extras say which room of the house a machine needs."""

from setuptools import find_packages, setup

# opencv-contrib-python is opencv-python plus the extra modules, and mediapipe requires it. Both wheels write
# the same cv2/ folder and the last one installed wins silently, so only the one is ever named here.
PIXELS = [
    "mediapipe==0.10.21",
    "opencv-contrib-python>=4.8,<4.12",
    "numpy>=1.26,<2",
    "pymatting>=1.1.12",
    "pillow>=11.3",
    "pillow-heif>=0.20",
]
BASE = ["babel>=2.14", "rich>=13", "pydantic>=2.7,<3", "cryptography>=42", "platformdirs>=4"]

EXTRAS = {
    "kiosk": [
        "PyQt5>=5.15.9",
        "pyserial>=3.5",
        "qrcode>=7.4",
        "requests>=2.31",
        "sqlite-utils>=3.36",
        "scikit-image>=0.22",
        "scipy>=1.11",
        "zxing-cpp>=2.2",
        "python-escpos>=3.1",
        "pyusb>=1.2",
        "psutil>=5.9",
    ],
    "dslr": ['gphoto2>=2.5; sys_platform != "win32"'],
    "server": [
        "Django>=5.2,<5.3",
        "django-ninja>=1.4",
        "django-fsm-2>=4",
        "waitress>=3",
        "whitenoise>=6.6",
        "qrcode>=7.4",
    ],
    # rapidocr requires the headless wheel of OpenCV; the range keeps it at the version of the other one, whose files it
    # replaces.
    "documents": ["rapidocr>=3", "onnxruntime>=1.17", "opencv-python-headless>=4.8,<4.12"],
    "network": ["onnxruntime>=1.17"],
    "dev": [
        "onnxruntime>=1.17",
        "onnx>=1.17,<1.20",  # later ones want a protobuf that mediapipe does not bear
        "pytest>=8",
        "pytest-qt>=4.4",
        "pytest-django>=4.8",
        "pytest-xdist>=3.5",
        "hypothesis>=6.100",
        "playwright>=1.44",
        "ruff>=0.6",
        "mypy>=1.10",
        "import-linter>=2",
        "django-stubs>=5.1",
        "types-requests",
        "types-pyserial",
        "types-qrcode",
        "PyQt5-stubs>=5.15.6",
        "types-psutil",
    ],
}

setup(
    name="zhengguan",
    version="0.1.0",
    description="Graduate portrait station: a guided capture kiosk and its collection and review server",
    license="GPL-3.0-or-later",
    python_requires=">=3.11,<3.13",
    packages=find_packages(include=["config*", "hardware*", "kiosk*", "server*"]),
    package_data={
        "config": ["*.toml", "standards/*.toml", "locale/*/LC_MESSAGES/*.po", "system/*", "system/station/*"],
        "hardware": ["*/*.toml", "*/*/*.toml"],
        "kiosk": ["screens/*.qss", "screens/*.svg"],
        "server": ["*/templates/**/*.html", "*/static/**/*"],
    },
    install_requires=BASE + PIXELS,
    extras_require=EXTRAS,
    entry_points={
        "console_scripts": [
            "zhengguan-kiosk = kiosk.app:main",
            "zhengguan-demo = kiosk.demo.__main__:main",
            "zhengguan-server = server.cli:main",
            "zhengguan-photo = kiosk.photo.__main__:main",
            "zhengguan-station = kiosk.station_check.__main__:main",
            "zhengguan-studio = kiosk.studio_check.__main__:main",
        ]
    },
)
