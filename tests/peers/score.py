"""Scores a recording of speech against what was sent: score.py wb|nb SENT.wav HEARD.wav, both mono 16 bit.

Prints one JSON object: PESQ after alignment (wb: P.862.2 at 16 kHz; nb: P.862 at 8 kHz), where the recording has what was sent, how
much later its last seconds are than its first, and how loud its first word is against what was sent.
"""

import json
import sys
import wave

import numpy as np
from pesq import pesq

BAND = sys.argv[1]
RATE = {"wb": 16000, "nb": 8000}[BAND]


def read(path):
    """The samples at our rate; what it cannot hold is cut off by a windowed sinc before samples are dropped."""
    with wave.open(path, "rb") as file:
        assert file.getnchannels() == 1 and file.getsampwidth() == 2, path
        rate = file.getframerate()
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype(float)
    step, rest = divmod(rate, RATE)
    assert step and not rest, f"{path}: {rate} Hz"
    if step == 1:
        return samples
    taps = np.arange(-40 * step, 40 * step + 1)
    low_pass = np.sinc(taps * 0.94 / step) * np.kaiser(len(taps), 8.0)
    return np.convolve(samples, low_pass / low_pass.sum(), mode="same")[::step]


def delay_of(sent, heard):
    """By how many samples `heard` is later, by the peak of the cross-correlation."""
    size = 1 << (len(sent) + len(heard)).bit_length()
    both = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(sent, size)), size)
    lag = int(np.argmax(np.abs(both)))
    return lag - size if lag > size // 2 else lag


def part(samples, start, length):
    """`length` samples from `start` on, silence where there are none."""
    out = np.zeros(length)
    first, last = max(start, 0), min(start + length, len(samples))
    if first < last:
        out[first - start : last - start] = samples[first:last]
    return out


def main():
    sent, heard = read(sys.argv[2]), read(sys.argv[3])
    loud = np.flatnonzero(np.abs(sent) > 0.02 * np.abs(sent).max())
    begin, end = loud[0], loud[-1]
    delay = delay_of(sent, heard)
    near = RATE // 2

    def delay_near(start, length):
        """The delay of a part of what was sent, where it is looked for within half a second of where it should be."""
        return delay + delay_of(part(sent, start, length), part(heard, start + delay - near, length + 2 * near)) - near

    first = delay_near(begin, 3 * RATE)
    last = delay_near(end - 3 * RATE, 3 * RATE)
    word = RATE * 3 // 10
    power = lambda samples: float(np.sum(samples**2))
    heard_word = part(heard, begin + first, word)
    length = end - begin + 2 * (RATE // 10)
    start = begin - RATE // 10
    scored = pesq(RATE, part(sent, start, length).astype(np.int16), part(heard, start + delay, length).astype(np.int16), BAND)
    print(
        json.dumps(
            {
                "pesq": round(float(scored), 3),
                "delay_ms": round(1000 * delay / RATE, 1),
                "drift_ms": round(1000 * (last - first) / RATE, 1),
                "first_word": round((power(heard_word) / power(part(sent, begin, word))) ** 0.5, 3),
            }
        )
    )


main()
