"""A QR code for an authenticator app, as a picture that stands in the page itself."""

from __future__ import annotations

import base64

import cv2
import numpy as np
import zxingcpp

DOT_PX = 5


def picture(text: str) -> str:
    """A data: address with the code as PNG; it is asked for by no request, so no log and no cache knows it."""
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    image = np.asarray(zxingcpp.write_barcode_to_image(code, scale=DOT_PX, add_quiet_zones=True))
    return "data:image/png;base64," + base64.b64encode(cv2.imencode(".png", image)[1].tobytes()).decode()
