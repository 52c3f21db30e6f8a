"""Speech streams: utterances as log-mel frames, to be written down as intent, separator, transcript.

commands     SpokenCommands: household commands by espeak-ng        audio        files -> waveforms
digits       SpokenDigits: FSDD's recordings                        features     waveforms -> log-mel frames
listed       Fluent Speech Commands and SLURP, by their lists       vocabulary   intents and words -> tokens
synthesis    espeak-ng, speakers, noise                             utterances   clips -> padded arrays
phrasings    what is said in SpokenCommands                         spoken       what the streams share
"""
