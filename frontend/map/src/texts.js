// The texts of the page in the visitor's language. Words that the dashboard has too are the dashboard's.

const TEXTS = {
  en: {
    skip: 'Skip to the day', pages: 'Pages', language: 'Language', panel: 'Day', map: 'Map',
    dashboard: 'Dashboard', statistics: 'Statistics', car: 'Car', home: 'Home', areas: 'Private areas', devices: 'Devices', log_in: 'Log in', log_out: 'Log out',
    device: 'Device', all_devices: 'All devices', colour: 'Show', by_mode: 'Trips by mode', by_device: 'Trips by device', by_speed: 'Trips by speed', by_age: 'Trips by age',
    by_altitude: 'The day by altitude', heat: 'Heat', explored: 'Explored land', kmh: '{speed} km/h', shortly: 'a moment', long: 'days there',
    no_altitudes: 'No altitude is known of this day.', squares_one: '1 square of the map explored', squares_few: '{n} squares of the map explored',
    squares_many: '{n} squares of the map explored',
    previous: 'Previous day', next: 'Next day', choose_day: 'Choose a day', calendar: 'Calendar', month_before: 'Previous month', month_after: 'Next month', year_before: 'Previous year', year_after: 'Next year',
    no_trips: 'no trips', new_places_one: '1 new place', new_places_few: '{n} new places', new_places_many: '{n} new places', new_place: 'new place', fewer_km: 'near', more_km: 'far', go_to: 'Go to',
    replay: 'Replay of the day', play: 'Play', pause: 'Pause', moment: 'Time of day', speed: 'Speed',
    photo: 'Photo', more_photos: '{n} more photos', photo_before: 'Previous photo', photo_after: 'Next photo',
    strips: 'Readings', strips_choose: 'Choose', strips_choice: 'What is shown', strips_moment: 'Time of day on the readings',
    figure_battery: 'Battery', figure_altitude: 'Altitude', figure_speed: 'Speed', figure_heart_rate: 'Heart rate', figure_temperature: 'Temperature',
    range: 'Time range', histogram: 'Kilometres by month', from: 'From', to: 'To', all_time: 'All time',
    stay: 'Stay', trip: 'Trip', gap: 'Unknown', legend: 'Legend', options: 'Device, colours and time range', more_of_the_day: 'More of the day',
    until: 'until {time}', since: 'from {time}', all_day: 'all day',
    on_foot: 'On foot', bicycle: 'Bicycle', vehicle: 'Vehicle', train: 'Train', boat: 'Boat', flight: 'Flight',
    unknown: 'Not known',
    no_journeys: 'Nothing is known of this day.', no_data: 'No trips yet. Once a device has reported where it was, its days are here.',
    newest_day: 'Go to the newest day', loading: 'Loading …',
    moved: '{distance} in {time}', trips_one: '1 trip', trips_many: '{n} trips', trips_few: '{n} trips',
    away: 'The hub does not answer. Trying again …', now: 'now', last_seen: 'last seen {time}',
    no_webgl: 'This browser cannot draw the map (WebGL 2 is missing or off). The days are still here.',
    zoom_in: 'Zoom in', zoom_out: 'Zoom out', north: 'Drag to rotate, click to face north', canvas: 'Map',
    attribution: 'Show the sources', visits_one: '1 visit', visits_few: '{n} visits', visits_many: '{n} visits', here: '{time} here',
    when_here: 'When was I here?', never_here: 'Nobody was here, as far as is known.', times_here_one: 'Once here', times_here_few: '{n} times here',
    times_here_many: '{n} times here',
    open_in_map: 'Open in the map', no_frame: 'This browser cannot draw the map: WebGL 2 is missing or off.',
    logged_out: 'Log in to see the map.', ctrl_zooms: 'Ctrl and scroll zoom the map', command_zooms: '⌘ and scroll zoom the map',
    two_fingers: 'Two fingers move the map',
    measure: 'Measure a distance', measured: '{distance} measured', save_picture: 'Save as picture', print: 'Print', poster: 'Poster',
    search: 'Search for a place', back: 'Back to the results', nothing_found: 'Nothing of this name.', stayed: '{time} there',
    level_place: 'Your place', level_city: 'City', level_region: 'Region', level_country: 'Country',
    places: 'Your places', no_places: 'No place has a name of yours yet.', often_here: 'Often here, without a name',
    never_visited: 'never visited', edit: 'Edit', edit_named: 'Edit {name}', name_it: 'Name it', near_city: 'In {city}',
    unnamed: 'Without a name', hours_there: '{hours} h', name_place: 'Name this place', edit_place: 'Edit the place',
    name: 'Name', kind: 'Kind', radius: 'Radius in metres', click_moves: 'A click on the map moves it.', close: 'Close',
    remove: 'Remove', cancel: 'Cancel', save: 'Save', undo: 'Undo', undone: 'Undone.', not_saved: 'Not saved: the hub does not answer. Try again.',
    saved_place: '{name} is saved.', removed_place: '{name} is removed.',
    kind_home: 'Home', kind_work: 'Work', kind_school: 'School', kind_family: 'Family', kind_friend: 'Friend', kind_shop: 'Shop',
    kind_food: 'Food', kind_sport: 'Sport', kind_health: 'Health', kind_culture: 'Culture', kind_nature: 'Nature',
    kind_travel: 'Travel', kind_other: 'Other',
    correct: 'Correct', corrections: 'Corrections', no_corrections: 'Nothing is corrected yet. Choose a stay or a trip of a day.',
    it_was: 'It was', not_here: 'Not here: move it', click_where: 'Click the map where it was. Enter takes its middle, Escape cancels.',
    one_stay: 'One stay with the next', one_trip: 'One trip with the next', split_at: 'Split at', split: 'Split',
    no_such_minute: 'The time has to be between start and end.', hide: 'Hide', positions_are_wrong: 'Its positions are wrong',
    really_wrong: 'Leave them out', positions_wrong_one: '1 position will count for nothing.', positions_wrong_few: '{n} positions will count for nothing.',
    positions_wrong_many: '{n} positions will count for nothing.', all_is_kept: 'What came in is kept. Everything can be undone.',
    follows_soon: 'The day follows within minutes.', is_undone: 'undone',
    corrected_mode: 'Mode: {mode}.', corrected_hide: 'Hidden.', corrected_move: 'Moved.', corrected_split: 'Split.',
    corrected_merge_stay: 'One stay.', corrected_merge_trip: 'One trip.', corrected_wrong_fixes: 'Positions left out.',
    share: 'Share', share_trip: 'Share this trip', share_name: 'Name, which visitors see', share_until: 'Until', share_precision: 'Positions',
    precision_full: 'As published', precision_100m: 'To 100 m', precision_1km: 'To 1 km', precision_city: 'To 10 km', make_link: 'Make a link',
    share_whole: 'Whoever has the link sees the whole trip, and nothing before or after it.',
    share_part: 'Whoever has the link sees {shown} of {whole}. The rest is not published: it is in or around private areas, or hidden.',
    links_are_off: 'Links do not work yet: set IOT_HUB_PUBLIC_DASHBOARD=links and restart the hub.',
    share_link: 'The link', share_once: 'Copy it now: it is shown only once.', copy: 'Copy', copied: 'Copied', shared: 'Shared.',
    share_year: 'Share this year', share_squares_one: 'Whoever has the link sees 1 square of the map, 3 km wide,', share_squares_few: 'Whoever has the link sees {n} squares of the map, each 3 km wide,',
    share_squares_many: 'Whoever has the link sees {n} squares of the map, each 3 km wide,', share_year_rule: 'and how far you went by which means and in which countries, from published trips. Of the current year, the months that are over.',
    shared_year: 'Squares of about 3 km, without days and lines.',
    share_live: 'Share a live position', live_device: 'Device shown', live_to: 'Where to', live_point: 'A point on the map', live_label: 'Destination, as visitors read it', live_hours: 'For at most',
    live_ends: 'The link ends with the arrival, or when you revoke it. Visitors never read where the destination is, but see where the device goes.',
    live_click: 'Choose a place, or click the map.', live_name: 'On the way to {label}', live_late: 'Visitors see positions {n} minutes late, because you have private areas.',
    live_newest: 'The newest position that they see now is of {time}.', live_none: 'There is no position yet that they could see.',
    towards: 'To: {destination}', position_of: 'Position of {time}', arrives: 'Arrives about {time}', arrived: 'Arrived at {time}', arrival_unknown: 'Arrival not known',
    shared_until: 'Shown until {time}', shared_invalid: 'This link is not valid. It may have ended: ask whoever sent it for another.',
    shared_nothing: 'Nothing can be seen now.', shared_parts: 'Parts of the way are not shown.',
    shared_100: 'Positions are shown to 100 m.', shared_1000: 'Positions are shown to 1 km.', shared_10000: 'Positions are shown to 10 km.',
    no_webgl_shared: 'This browser cannot draw the map (WebGL 2 is missing or off).'
  },
  pl: {
    skip: 'Przejdź do dnia', pages: 'Strony', language: 'Język', panel: 'Dzień', map: 'Mapa',
    dashboard: 'Pulpit', statistics: 'Statystyki', car: 'Samochód', home: 'Dom', areas: 'Obszary prywatne', devices: 'Urządzenia', log_in: 'Zaloguj się', log_out: 'Wyloguj się',
    device: 'Urządzenie', all_devices: 'Wszystkie urządzenia', colour: 'Pokaż', by_mode: 'Podróże: sposób', by_device: 'Podróże: urządzenie', by_speed: 'Podróże: prędkość', by_age: 'Podróże: wiek',
    by_altitude: 'Dzień: wysokość', heat: 'Mapa ciepła', explored: 'Odkryty teren', kmh: '{speed} km/h', shortly: 'chwila', long: 'dni',
    no_altitudes: 'Wysokość tego dnia nie jest znana.', squares_one: 'Odkryto 1 kwadrat mapy', squares_few: 'Odkryto {n} kwadraty mapy',
    squares_many: 'Odkryto {n} kwadratów mapy',
    previous: 'Poprzedni dzień', next: 'Następny dzień', choose_day: 'Wybierz dzień', calendar: 'Kalendarz', month_before: 'Poprzedni miesiąc', month_after: 'Następny miesiąc', year_before: 'Poprzedni rok', year_after: 'Następny rok',
    no_trips: 'bez podróży', new_places_one: '1 nowe miejsce', new_places_few: '{n} nowe miejsca', new_places_many: '{n} nowych miejsc', new_place: 'nowe miejsce', fewer_km: 'blisko', more_km: 'daleko', go_to: 'Przejdź do',
    replay: 'Odtwarzanie dnia', play: 'Odtwórz', pause: 'Wstrzymaj', moment: 'Pora dnia', speed: 'Tempo',
    photo: 'Zdjęcie', more_photos: 'Więcej zdjęć: {n}', photo_before: 'Poprzednie zdjęcie', photo_after: 'Następne zdjęcie',
    strips: 'Pomiary', strips_choose: 'Wybierz', strips_choice: 'Co jest pokazane', strips_moment: 'Pora dnia na pomiarach',
    figure_battery: 'Bateria', figure_altitude: 'Wysokość', figure_speed: 'Prędkość', figure_heart_rate: 'Tętno', figure_temperature: 'Temperatura',
    range: 'Zakres czasu', histogram: 'Kilometry w miesiącach', from: 'Od', to: 'Do', all_time: 'Cały czas',
    stay: 'Postój', trip: 'Podróż', gap: 'Nieznane', legend: 'Legenda', options: 'Urządzenie, kolory i zakres czasu', more_of_the_day: 'Więcej dnia',
    until: 'do {time}', since: 'od {time}', all_day: 'cały dzień',
    on_foot: 'Pieszo', bicycle: 'Rower', vehicle: 'Pojazd', train: 'Pociąg', boat: 'Łódź', flight: 'Samolot',
    unknown: 'Nieznany',
    no_journeys: 'O tym dniu nic nie wiadomo.', no_data: 'Nie ma jeszcze podróży. Gdy urządzenie poda, gdzie było, pojawią się tu jego dni.',
    newest_day: 'Przejdź do ostatniego dnia', loading: 'Wczytywanie …',
    moved: '{distance} w {time}', trips_one: '1 podróż', trips_few: '{n} podróże', trips_many: '{n} podróży',
    away: 'Hub nie odpowiada. Ponawiam …', now: 'teraz', last_seen: 'ostatnio {time}',
    no_webgl: 'Ta przeglądarka nie narysuje mapy (brak WebGL 2). Dni są tu mimo to.',
    zoom_in: 'Przybliż', zoom_out: 'Oddal', north: 'Przeciągnij, aby obrócić; kliknij, aby wrócić na północ', canvas: 'Mapa',
    attribution: 'Pokaż źródła', visits_one: '1 wizyta', visits_few: '{n} wizyty', visits_many: '{n} wizyt', here: '{time} tutaj',
    when_here: 'Pobyty w wybranym miejscu', never_here: 'O ile wiadomo, nikogo tu nie było.', times_here_one: 'Raz tutaj', times_here_few: '{n} razy tutaj',
    times_here_many: '{n} razy tutaj',
    open_in_map: 'Otwórz na mapie', no_frame: 'Ta przeglądarka nie narysuje mapy: brak WebGL 2.',
    logged_out: 'Zaloguj się, aby zobaczyć mapę.', ctrl_zooms: 'Ctrl i przewijanie zmieniają skalę mapy', command_zooms: '⌘ i przewijanie zmieniają skalę mapy',
    two_fingers: 'Mapę przesuwa się dwoma palcami',
    measure: 'Zmierz odległość', measured: 'Zmierzono {distance}', save_picture: 'Zapisz obraz', print: 'Drukuj', poster: 'Plakat',
    search: 'Szukaj miejsca', back: 'Wróć do wyników', nothing_found: 'Nie ma niczego o tej nazwie.', stayed: '{time} na miejscu',
    level_place: 'Twoje miejsce', level_city: 'Miasto', level_region: 'Region', level_country: 'Kraj',
    places: 'Twoje miejsca', no_places: 'Żadne miejsce nie ma jeszcze Twojej nazwy.', often_here: 'Często tutaj, bez nazwy',
    never_visited: 'bez wizyt', edit: 'Zmień', edit_named: 'Zmień: {name}', name_it: 'Nazwij', near_city: '{city}',
    unnamed: 'Bez nazwy', hours_there: '{hours} h', name_place: 'Nazwij to miejsce', edit_place: 'Zmień miejsce',
    name: 'Nazwa', kind: 'Rodzaj', radius: 'Promień w metrach', click_moves: 'Kliknięcie mapy przesuwa miejsce.', close: 'Zamknij',
    remove: 'Usuń', cancel: 'Anuluj', save: 'Zapisz', undo: 'Cofnij', undone: 'Cofnięto.', not_saved: 'Nie zapisano: hub nie odpowiada. Spróbuj ponownie.',
    saved_place: 'Zapisano: {name}.', removed_place: 'Usunięto: {name}.',
    kind_home: 'Dom', kind_work: 'Praca', kind_school: 'Szkoła', kind_family: 'Rodzina', kind_friend: 'Znajomi', kind_shop: 'Sklep',
    kind_food: 'Jedzenie', kind_sport: 'Sport', kind_health: 'Zdrowie', kind_culture: 'Kultura', kind_nature: 'Przyroda',
    kind_travel: 'Podróże', kind_other: 'Inne',
    correct: 'Popraw', corrections: 'Poprawki', no_corrections: 'Nie ma jeszcze poprawek. Wybierz postój lub podróż z listy dnia.',
    it_was: 'To było', not_here: 'Nie tutaj: przesuń', click_where: 'Kliknij mapę tam, gdzie to było. Enter wybiera jej środek, Escape anuluje.',
    one_stay: 'Jeden postój z następnym', one_trip: 'Jedna podróż z następną', split_at: 'Podziel o', split: 'Podziel',
    no_such_minute: 'Czas musi być między początkiem a końcem.', hide: 'Ukryj', positions_are_wrong: 'Pozycje są błędne',
    really_wrong: 'Pomiń je', positions_wrong_one: '1 pozycja nie będzie się liczyć.', positions_wrong_few: '{n} pozycje nie będą się liczyć.',
    positions_wrong_many: '{n} pozycji nie będzie się liczyć.', all_is_kept: 'Otrzymane dane zostają. Wszystko można cofnąć.',
    follows_soon: 'Dzień zmieni się w ciągu kilku minut.', is_undone: 'cofnięto',
    corrected_mode: 'Sposób podróży: {mode}.', corrected_hide: 'Ukryto.', corrected_move: 'Przesunięto.', corrected_split: 'Podzielono.',
    corrected_merge_stay: 'Jeden postój.', corrected_merge_trip: 'Jedna podróż.', corrected_wrong_fixes: 'Pozycje pominięto.',
    share: 'Udostępnij', share_trip: 'Udostępnij tę podróż', share_name: 'Nazwa, którą widzą goście', share_until: 'Do dnia', share_precision: 'Pozycje',
    precision_full: 'Jak opublikowane', precision_100m: 'Do 100 m', precision_1km: 'Do 1 km', precision_city: 'Do 10 km', make_link: 'Utwórz link',
    share_whole: 'Kto ma link, widzi całą podróż i nic przed nią ani po niej.',
    share_part: 'Kto ma link, widzi {shown} z {whole}. Reszta nie jest opublikowana: leży w obszarach prywatnych lub przy nich albo jest ukryta.',
    links_are_off: 'Linki jeszcze nie działają: ustaw IOT_HUB_PUBLIC_DASHBOARD=links i uruchom hub ponownie.',
    share_link: 'Link', share_once: 'Skopiuj go teraz: jest pokazywany tylko raz.', copy: 'Kopiuj', copied: 'Skopiowano', shared: 'Udostępniono.',
    share_year: 'Udostępnij ten rok', share_squares_one: 'Kto ma link, widzi 1 kwadrat mapy o boku 3 km', share_squares_few: 'Kto ma link, widzi {n} kwadraty mapy o boku 3 km',
    share_squares_many: 'Kto ma link, widzi {n} kwadratów mapy o boku 3 km', share_year_rule: 'oraz ile, czym i w jakich krajach przebyto, z opublikowanych podróży. Z bieżącego roku widać zakończone miesiące.',
    shared_year: 'Kwadraty o boku około 3 km, bez dni i linii.',
    share_live: 'Udostępnij pozycję na żywo', live_device: 'Pokazywane urządzenie', live_to: 'Dokąd', live_point: 'Punkt na mapie', live_label: 'Cel, jak widzą go goście', live_hours: 'Najdłużej przez',
    live_ends: 'Link kończy się z przyjazdem lub gdy go cofniesz. Goście nie dowiadują się, gdzie jest cel, ale widzą, dokąd urządzenie zmierza.',
    live_click: 'Wybierz miejsce lub kliknij mapę.', live_name: 'W drodze: {label}', live_late: 'Goście widzą pozycje z opóźnieniem {n} minut, bo masz obszary prywatne.',
    live_newest: 'Najnowsza pozycja, którą teraz widzą, jest z {time}.', live_none: 'Nie ma jeszcze pozycji, którą mogliby zobaczyć.',
    towards: 'Cel: {destination}', position_of: 'Pozycja z {time}', arrives: 'Przyjazd około {time}', arrived: 'Na miejscu o {time}', arrival_unknown: 'Czas przyjazdu nieznany',
    shared_until: 'Pokazywane do: {time}', shared_invalid: 'Ten link nie działa. Mógł wygasnąć: poproś nadawcę o nowy.',
    shared_nothing: 'Teraz nic nie widać.', shared_parts: 'Części drogi nie są pokazane.',
    shared_100: 'Pozycje są pokazane z dokładnością do 100 m.', shared_1000: 'Pozycje są pokazane z dokładnością do 1 km.', shared_10000: 'Pozycje są pokazane z dokładnością do 10 km.',
    no_webgl_shared: 'Ta przeglądarka nie może narysować mapy (brak WebGL 2 lub jest wyłączone).'
  }
}

export const language = document.documentElement.lang in TEXTS ? document.documentElement.lang : 'en'
export const LANGUAGES = Object.keys(TEXTS)

/** Returns a text with its values filled in. */
export function text (key, values = {}) {
  return TEXTS[language][key].replace(/{(\w+)}/g, (_, name) => values[name])
}

const plurals = new Intl.PluralRules(language)

/** Returns the plural form of a text that goes with a number. */
export function plural (key, n) {
  const form = plurals.select(n)
  return text(`${key}_${form === 'other' ? 'many' : form}`, { n })
}

/** Fills the texts into the page's elements, and its links with the language. */
export function fillTexts () {
  for (const element of document.querySelectorAll('[data-text]')) element.textContent = text(element.dataset.text)
  for (const element of document.querySelectorAll('[data-label]')) element.setAttribute('aria-label', text(element.dataset.label))
  for (const link of document.querySelectorAll('nav a')) link.href += `?lang=${language}`
  document.title = `${text('map')} · IoT Personal Hub`
}
