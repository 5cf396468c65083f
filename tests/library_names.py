"""Names as people's libraries hold them: the fixed lists that libraries.py makes folders of files from.

Chosen for what is hard about them: numbers, years, punctuation, words that mean something to a parser.
"""

from __future__ import annotations

FILMS = (
    *(
        ("2001: A Space Odyssey", 1968),
        ("Blade Runner 2049", 2017),
        ("1917", 2019),
        ("2012", 2009),
        ("1984", 1984),
    ),
    *(
        ("Metropolis", 1927),
        ("M", 1931),
        ("Up", 2009),
        ("It", 2017),
        ("Pi", 1998),
        ("9", 2009),
        ("300", 2006),
    ),
    *(
        ("Se7en", 1995),
        ("S1m0ne", 2002),
        ("xXx", 2002),
        ("U-571", 2000),
        ("Apollo 13", 1995),
        ("Room 237", 2012),
    ),
    *(
        ("District 9", 2009),
        ("Toy Story 3", 2010),
        ("X-Men 2", 2003),
        ("21 Grams", 2003),
        ("12 Monkeys", 1995),
    ),
    *(("10 Things I Hate About You", 1999), ("28 Days Later...", 2002), ("2 Fast 2 Furious", 2003)),
    *(("The 40-Year-Old Virgin", 2005), ("(500) Days of Summer", 2009), ("Ocean's Eleven", 2001)),
    *(("Monsters, Inc.", 2001), ("Mr. Nobody", 2009), ("Dr. No", 1962), ("E.T. the Extra-Terrestrial", 1982)),
    *(("Mad Max: Fury Road", 2015), ("Mission: Impossible - Fallout", 2018), ("Kill Bill: Vol. 1", 2003)),
    *(
        ("Star Wars: Episode IV - A New Hope", 1977),
        ("The Godfather Part II", 1974),
        ("Friday the 13th Part 2", 1981),
    ),
    *(("Harry Potter and the Deathly Hallows: Part 1", 2010), ("Fahrenheit 9-11", 2004), ("Face-Off", 1997)),
    *(
        ("The Good, the Bad and the Ugly", 1966),
        ("Airplane!", 1980),
        ("tick, tick... BOOM!", 2021),
        ("-30-", 1959),
    ),
    *(
        ("Who Framed Roger Rabbit", 1988),
        ("Spider-Man: Into the Spider-Verse", 2018),
        ("The Third Man", 1949),
    ),
    *(
        ("Amélie", 2001),
        ("8½", 1963),
        ("WALL·E", 2008),
        ("Das Boot", 1981),
        ("La Haine", 1995),
        ("Così ridevano", 1998),
    ),
    *(
        ("Web of Lies", 2009),
        ("The Cut", 2014),
        ("Extended Play", 1999),
        ("Proof", 2005),
        ("The Limited", 1998),
    ),
    *(("Season of the Witch", 2011), ("Episode 50", 2011), ("Part of the Game", 2004), ("The Sample", 2000)),
    *(("Nosferatu", 1922), ("The General", 1926), ("Sunrise", 1927), ("Rear Window", 1954), ("Psycho", 1960)),
    *(
        ("Seven Samurai", 1954),
        ("Ran", 1985),
        ("Alien", 1979),
        ("Aliens", 1986),
        ("Fargo", 1996),
        ("Heat", 1995),
    ),
    *(
        ("Brazil", 1985),
        ("Casablanca", 1942),
        ("Laura", 1944),
        ("Gilda", 1946),
        ("Notorious", 1946),
        ("Rope", 1948),
    ),
)
"""Title and year of release."""

SHOWS = (
    *(
        ("24", 2001),
        ("The Office", 2005),
        ("Doctor Who", 2005),
        ("S.W.A.T.", 2017),
        ("Brooklyn Nine-Nine", 2013),
    ),
    *(
        ("9-1-1", 2018),
        ("11.22.63", 2016),
        ("The 100", 2014),
        ("1899", 2022),
        ("3rd Rock from the Sun", 1996),
    ),
    *(
        ("Mr. Robot", 2015),
        ("What If...", 2021),
        ("Blake's 7", 1978),
        ("Babylon 5", 1993),
        ("Stargate SG-1", 1997),
    ),
    *(("Law & Order: Special Victims Unit", 1999), ("Space: 1999", 1975), ("Beverly Hills, 90210", 1990)),
    *(
        ("Love, Death & Robots", 2019),
        ("Band of Brothers", 2001),
        ("The X-Files", 1993),
        ("Hawaii Five-0", 2010),
    ),
    *(
        ("Station 19", 2018),
        ("Chicago P.D.", 2014),
        ("Kaamelott", 2005),
        ("Tatort", 1970),
        ("Les Revenants", 2012),
    ),
    *(("The Wire", 2002), ("Lost", 2004), ("Fawlty Towers", 1975), ("Yes Minister", 1980), ("Columbo", 1971)),
)
"""Name and year of the first season."""

EPISODES = (
    *("Pilot", "Blink", "42", "Who Are You", "The One with the Embryos", "S.O.S.", "Ozymandias", "3 A.M."),
    *(
        "Chapter Two",
        "The Long Goodbye",
        "Day 1: 8:00 a.m. - 9:00 a.m.",
        "A Hard Day's Night",
        "Two-Parter (1)",
    ),
    *("Two-Parter (2)", "Walk the Line", "The End of Time, Part 1", "100", "Christmas Special 2012", "Zero"),
    *(
        "Mr. Monk and the Web",
        "Through the Looking Glass",
        "Tabula Rasa",
        "Don't Look Back",
        "Über den Fluss",
    ),
    *("Élodie", "Home - Away", "Season of Change", "Red Light, Green Light", "The Cut", "1984"),
)

FOREIGN_FILMS = (
    *(
        ("千と千尋の神隠し", 2001),
        ("七人の侍", 1954),
        ("花樣年華", 2000),
        ("기생충", 2019),
        ("Сталкер", 1979),
    ),
    *(("Иди и смотри", 1985), ("جدایی نادر از سیمین", 2011), ("ואלס עם באשיר", 2008), ("मदर इंडिया", 1957)),
    *(("Ο Θίασος", 1975), ("ลุงบุญมีระลึกชาติ", 2010), ("Žert", 1969), ("Ağır Roman", 1997), ("Ősz", 2003)),
)
FOREIGN_SHOWS = (
    *(
        ("進撃の巨人", "シーズンの始まり"),
        ("오징어 게임", "무궁화 꽃이 피던 날"),
        ("Семнадцать мгновений весны", "Первая серия"),
    ),
    *(
        ("漫長的季節", "開始"),
        ("שטיסל", "התחלה"),
        ("باب الحارة", "البداية"),
        ("Το Νησί", "Η αρχή"),
        ("Kärlek & tåg", "Början"),
    ),
)
"""A show, and an episode of it."""

COUNTED = (
    "Naruto",
    "One Piece",
    "Detective Conan",
    "Dragon Ball Z",
    "Case File nº221",
    "Hunter x Hunter",
    "Gintama",
)
DAILY = (
    "The Daily Show",
    "Tagesschau",
    "Last Week Tonight",
    "Newsnight",
    "60 Minutes",
    "Le 20h",
    "Meet the Press",
)
GUESTS = ("Guest One", "The News", "", "Election Night", "Interview", "Live from 10 Downing Street", "")

SONGS = (
    *(
        ("Radiohead", "No Surprises"),
        ("Prince", "1999"),
        ("Björk", "Human Behaviour"),
        ("a-ha", "Take On Me"),
    ),
    *(
        ("Talking Heads", "Once in a Lifetime"),
        ("AC-DC", "T.N.T."),
        ("Beyoncé", "Single Ladies"),
        ("U2", "One"),
    ),
    *(
        ("Kate Bush", "Wuthering Heights (Version 1)"),
        ("Die Ärzte", "Westerland"),
        ("坂本龍一", "戦場のメリークリスマス"),
    ),
    *(
        ("Sigur Rós", "Hoppípolla"),
        ("Blur", "Song 2"),
        ("The B-52's", "Rock Lobster"),
        ("Sinéad O'Connor", "Mandinka"),
    ),
)
"""Artist and song."""

ODD_FILMS = (
    *(('The "Quoted" One', 1971), ("It's a 'Single' Thing", 1972), ("A Line\nBreak", 1973), ("--help", 1974)),
    *(
        ("-rf", 1975),
        ("$HOME", 1976),
        ("`uname`", 1977),
        ("%s %d", 1978),
        ("C:\\Films", 1979),
        ("What*?", 1980),
    ),
    *(("Comma, Semicolon; Colon:", 1981), ("[REC]", 2007), ("Hash # Tag", 1983), ("At @ Sign", 1984)),
    *(("Tab\tStop", 1985), ("Two  Blanks", 1986), ("<b>Bold & Co", 1987), ("{curly}", 1988), ("a=b", 1989)),
    *(
        ("Ünïcödé ☃", 1990),
        ("🎬 Film", 1991),
        ("Pipe | Line", 1992),
        ("Plus + Minus -", 1993),
        ("~tilde", 1994),
    ),
)
"""Names that shells, parsers, players and XML have trouble with."""
