# Zeiten, Tage und Uhrzeiten.

ago-now = gerade eben
ago-minutes = { $count ->
    [one] vor { $count } Minute
   *[other] vor { $count } Minuten
}
ago-hours = { $count ->
    [one] vor { $count } Stunde
   *[other] vor { $count } Stunden
}
ago-days = { $count ->
    [one] vor { $count } Tag
   *[other] vor { $count } Tagen
}

until-now = gleich
until-seconds = in { $count } s
until-minutes = { $count ->
    [one] in { $count } Minute
   *[other] in { $count } Minuten
}
until-hours = { $count ->
    [one] in { $count } Stunde
   *[other] in { $count } Stunden
}
until-days = { $count ->
    [one] in { $count } Tag
   *[other] in { $count } Tagen
}

# Wie lange etwas gedauert hat oder dauert.
span-running-seconds = { $seconds } s
span-running-minutes = { $minutes } min { $seconds } s
span-seconds = { $count ->
    [one] { $count } Sekunde
   *[other] { $count } Sekunden
}
span-minutes = { $count ->
    [one] { $count } Minute
   *[other] { $count } Minuten
}
span-hours = { $count ->
    [one] { $count } Stunde
   *[other] { $count } Stunden
}
span-days = { $count ->
    [one] { $count } Tag
   *[other] { $count } Tage
}
span-weeks = { $count ->
    [one] { $count } Woche
   *[other] { $count } Wochen
}

day-today = Heute
day-yesterday = Gestern
date-full = { $day }. { $month } { $year }
date-this-year = { $weekday }, { $day }. { $month }
date-short = { $day }. { $month } { $year }
date-and-clock = { $date }, { $clock }
day-and-clock = { $day }, { $clock }

weekday-1 = Montag
weekday-2 = Dienstag
weekday-3 = Mittwoch
weekday-4 = Donnerstag
weekday-5 = Freitag
weekday-6 = Samstag
weekday-7 = Sonntag

month-1 = Januar
month-2 = Februar
month-3 = März
month-4 = April
month-5 = Mai
month-6 = Juni
month-7 = Juli
month-8 = August
month-9 = September
month-10 = Oktober
month-11 = November
month-12 = Dezember

month-short-1 = Jan.
month-short-2 = Feb.
month-short-3 = März
month-short-4 = Apr.
month-short-5 = Mai
month-short-6 = Juni
month-short-7 = Juli
month-short-8 = Aug.
month-short-9 = Sep.
month-short-10 = Okt.
month-short-11 = Nov.
month-short-12 = Dez.
