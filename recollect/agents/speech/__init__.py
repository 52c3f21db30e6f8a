"""Learners of sequence targets over SAMPLE streams: speech in, tokens out.

listener   what they share: the network, its loss, decoding     rehearsal   er, finetune and joint for sequences
"""
