#!/bin/sh
# Makes the voices of the lab: espeak-ng speaks, opusenc codes. Run in this folder after changing a text, and commit what
# it makes. Needs espeak-ng and opus-tools.
set -eu

speak() { # file, voice, words a minute, text
    espeak-ng -v "$2" -s "$3" --stdout "$4" |
        opusenc --quiet --speech --bitrate 16 --framesize 20 --serial 1 --discard-comments - "$1.opus"
}

speak mailbox en-gb+f3 155 "The person you are calling cannot answer now. Please leave a message after the tone."
speak answer-1 en-us+f2 160 "Hello! Good to hear you. Say something, and I will listen."
speak answer-2 en-gb+m3 150 "Hello, you have reached my desk. The line is clear here. How is it at your end?"
speak heard-1 en-us+f2 160 "I can hear you well. Take your time."
speak heard-2 en-gb+m3 150 "Yes, that came through nicely. Go on."
speak ring en-gb-scotland+f4 155 "Hello! I only wanted to try the new telephone. Can you hear me?"
speak goodbye en-gb-scotland+f4 155 "Wonderful. Then I will let you get on with your work. Goodbye!"
speak message-1 en-gb+m7 150 "Hello, it is me. The meeting has moved to three o'clock, in the small room. Please call me back if that does not suit you. Thank you. Goodbye."
speak message-2 en-us+m1 155 "Hi. I have looked at the figures, and they are right. No need to call back. Bye."
