# Times, days and clocks.

ago-now = just now
ago-minutes = { $count ->
    [one] { $count } minute ago
   *[other] { $count } minutes ago
}
ago-hours = { $count ->
    [one] { $count } hour ago
   *[other] { $count } hours ago
}
ago-days = { $count ->
    [one] { $count } day ago
   *[other] { $count } days ago
}

until-now = in a moment
until-seconds = in { $count } s
until-minutes = { $count ->
    [one] in { $count } minute
   *[other] in { $count } minutes
}
until-hours = { $count ->
    [one] in { $count } hour
   *[other] in { $count } hours
}
until-days = { $count ->
    [one] in { $count } day
   *[other] in { $count } days
}

# How long something took or lasts.
span-running-seconds = { $seconds } s
span-running-minutes = { $minutes } min { $seconds } s
span-seconds = { $count ->
    [one] { $count } second
   *[other] { $count } seconds
}
span-minutes = { $count ->
    [one] { $count } minute
   *[other] { $count } minutes
}
span-hours = { $count ->
    [one] { $count } hour
   *[other] { $count } hours
}
span-days = { $count ->
    [one] { $count } day
   *[other] { $count } days
}
span-weeks = { $count ->
    [one] { $count } week
   *[other] { $count } weeks
}

day-today = Today
day-yesterday = Yesterday
date-full = { $day } { $month } { $year }
date-this-year = { $weekday }, { $day } { $month }
date-short = { $day } { $month } { $year }
date-and-clock = { $date }, { $clock }
day-and-clock = { $day }, { $clock }

weekday-1 = Monday
weekday-2 = Tuesday
weekday-3 = Wednesday
weekday-4 = Thursday
weekday-5 = Friday
weekday-6 = Saturday
weekday-7 = Sunday

month-1 = January
month-2 = February
month-3 = March
month-4 = April
month-5 = May
month-6 = June
month-7 = July
month-8 = August
month-9 = September
month-10 = October
month-11 = November
month-12 = December

month-short-1 = Jan
month-short-2 = Feb
month-short-3 = Mar
month-short-4 = Apr
month-short-5 = May
month-short-6 = Jun
month-short-7 = Jul
month-short-8 = Aug
month-short-9 = Sep
month-short-10 = Oct
month-short-11 = Nov
month-short-12 = Dec
