"""Colours, for a light and a dark ground, that stay apart in the three common kinds of colour blindness.

Chosen by hand from the hues of Okabe and Ito (2008), and checked by simulation (Machado, Oliveira and Fernandes 2009):
every tone has a contrast of at least 3 to the ground. Arms have markers and dashes of their own as well.
"""

THEMES = ("light", "dark")
TONES = {
    "light": ("#1268B3", "#D9660A", "#067A5B", "#8B1E63", "#6B5D00", "#1E97CF", "#26262E", "#A56BE8"),
    "dark": ("#4FA3F0", "#FFA14A", "#1FA37C", "#E36BB0", "#F3E27A", "#9BE1FF", "#D5D8E0", "#7A5FD6"),
}
NUM_TONES = len(TONES["light"])
SEQUENCE = {  # from the first task to the last, where there are more tasks than tones
    "light": ("#3B1C6B", "#2F5597", "#1C7F8C", "#4C9F4A", "#B28E00"),
    "dark": ("#A98BEB", "#5C9BEA", "#35B5B5", "#8CCB5E", "#F6E27A"),
}
RAMP = {  # of heat maps, from low to high
    "light": ("#F4F1EA", "#C9DCEA", "#86B4D8", "#3F7FBA", "#123F74"),
    "dark": ("#1C222C", "#1E3A57", "#2A6092", "#5A97CF", "#BFE0FA"),
}
