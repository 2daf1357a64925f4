"""Which language a question is in, where that is plain to see.

Small function words and the script decide. Statistical detectors were tried and left out: on ten
English words or fewer, with names in them, their certainty says little ("Who is Agnieszka
Kowalska?" came out as Polish at .96, "Onde está o manual?" as Portuguese at .64), and loading one
costs half a second of CPU.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

_READ_CHARACTERS = 2000
_PLAINLY = 2
_LEAST_SHARE = 0.25

# Words that speak for a language almost by themselves, and words that do so only in company: those
# that English has too ("die", "come"), or that stand in the names of places and firms ("la", "de").
_PLAIN: dict[str, str] = {
    "en": "the what how does why which when where who whose and with my your this that these "
    "are can could should would have has from about it its if there did been our their "
    "they you don't doesn't isn't what's who's where's how's i'm into than tell show list "
    "explain many all",
    "de": "ein eine einen einem einer sind wie wo wer warum wann welche welcher welches welchen "
    "ich wir sie mein meine meinen meinem meiner nicht und oder für auf bei nach gibt "
    "kann können darf muss habe haben wird werden wurde zum zur beim vom über wieviel "
    "wieviele woher wohin wofür zwischen unser unsere unseren",
    "fr": "où quel quelle quels quelles combien pourquoi quand qui je nous vous votre vos sont "
    "dans avec est-ce peut peut-on puis-je dois-je quoi cette faut-il être avons avez "
    "depuis",
    "es": "cómo cuánto cuánta cuántos cuántas dónde quién cuál cuáles qué cuándo cuando cuanto "
    "cuantos donde puedo puede tengo tenemos está están nuestro nuestra nuestros hacer "
    "debo quien cual quiero necesito",
    "it": "quanto quanti quante qual quale quali perché dov'è è sono posso può abbiamo delle "
    "degli dei nella nel mio miei nostro nostra cosa quando devo gli cos'è dall nell sull "
    "all'estero vorrei",
    "pt": "onde quem qual quais quanto quantos quantas quando porque você posso pode tenho "
    "temos está há meu minha meus minhas nosso nossa não devo é preciso",
    "nl": "hoeveel waar waarom wanneer welke wie wat ik wij mijn onze het een niet kunnen moet "
    "heb hebben zijn voor bij naar wordt worden deze",
    "pl": "jak jaki jaka jakie gdzie kto kiedy czy dlaczego który która które mogę można mamy "
    "się są nie mój moje moja nasz nasza dla przez kosztuje długo",
    "sv": "hur vad vem när varför vilken vilket vilka jag mitt mina är och inte finns får måste "
    "vår vårt många mycket",
    "da": "hvordan hvad hvem hvor hvornår hvorfor hvilken hvilket hvilke jeg og ikke må skal "
    "vores mange meget",
    "cs": "jak kdo kdy proč který která které mohu můžu mám máme jsou není můj moje náš kolik",
    "fi": "miten missä kuka milloin miksi mikä mitä kuinka minun voinko onko ovat monta paljon "
    "saanko mistä",
    "tr": "nasıl nerede neden hangi kaç benim bizim mı mü için değil nedir kadar",
}
_IN_COMPANY: dict[str, str] = {
    "en": "is in of to for on at a an was by or as be not no me we do i will one only",
    "de": "die was in an im den dem des als am aus zu von man hat so war es mir uns der das mit "
    "ist",
    "fr": "le la les de du un et en il elle on ce se sa son mon ma ou que comment est pour sur "
    "par au y a t ai as plus pas ne à des aux notre nos une mes l d j qu c n faire ces",
    "es": "el la los las de un en a al lo se su es como que no si me te o del con por para hay "
    "mis mi una y",
    "it": "il la lo i le di da un in a al per si come dove chi mia mie tra e ci c se l un' alla "
    "della una che ho con dell",
    "pt": "o a os as de um em como que se por e eu do dos no na da das com para são uma ao",
    "nl": "de is in op of te van aan hoe we om en dat als met mag er dit kan ons",
    "pl": "w z do i to za po o u na co od mam ile jest",
    "sv": "var den det en ett i till för om av vi har min ska kan med på",
    "da": "den det en et i til for om af vi har min mit kan med på mine er",
    "cs": "v z do a to za po o u s pro co si se je na kde",
    "fi": "on se olen ja ei",
    "tr": "ne bu bir ben biz kim mi mu ve var",
}
_LETTERS: dict[str, str] = {
    "de": "[äöüß]",
    "fr": "[èêëîïœûùç]",
    "es": "[ñ¿¡]",
    "pt": "[ãõç]",
    "pl": "[ąćęłńśźż]",
    "sv": "[åäö]",
    "da": "[åæø]",
    "cs": "[ěřůťďňč]",
    "fi": "[äö]",
    "tr": "[ğışçö]",
}
"""Letters that do so in company, in words that no list has."""

_WEIGHTS: dict[str, dict[str, int]] = {
    language: dict.fromkeys(_IN_COMPANY[language].split(), 1)
    | dict.fromkeys(plain.split(), _PLAINLY)
    for language, plain in _PLAIN.items()
}

_SCRIPTS: dict[str, str] = {
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
    "HANGUL": "ko",
    "CJK": "zh",
    "CYRILLIC": "ru",
    "ARABIC": "ar",
    "DEVANAGARI": "hi",
    "GREEK": "el",
    "HEBREW": "he",
    "THAI": "th",
    "BENGALI": "bn",
    "TAMIL": "ta",
    "TELUGU": "te",
    "GUJARATI": "gu",
    "GURMUKHI": "pa",
    "KANNADA": "kn",
    "MALAYALAM": "ml",
    "GEORGIAN": "ka",
    "ARMENIAN": "hy",
}
# Letters that one language of a script has and the one named above has not.
_TELLING_LETTERS: tuple[tuple[str, str], ...] = (
    ("[іїєґ]", "uk"),
    ("[ђјљњћџ]", "sr"),
    ("[ٹڈڑںے]", "ur"),
    ("[پچژگ]", "fa"),
)


def detect_language(text: str) -> str | None:
    """The ISO 639-1 code of the language that a text is plainly in; None where it is not plain.

    Made for questions, so it rather says nothing than take an English one for another language.
    """
    text = unicodedata.normalize("NFC", text[:_READ_CHARACTERS]).lower().replace("’", "'")
    words = re.findall(r"[¿¡]?[^\W\d_]+(?:['-][^\W\d_]+)*", text)
    found = {language: _evidence(words, language) for language in _WEIGHTS}
    english = sum(found.pop("en"))
    foreign = None if english else _by_script(text)
    if foreign is not None:
        return foreign
    second, best = sorted(found, key=lambda language: sum(found[language]))[-2:]
    weight = sum(found[best])
    if weight <= english:
        return "en" if english >= _PLAINLY else None
    enough = weight > _PLAINLY or (_PLAINLY in found[best] and not english)
    clear = weight > sum(found[second]) and len(found[best]) >= _LEAST_SHARE * len(words)
    return best if enough and clear else None


def _evidence(words: list[str], language: str) -> list[int]:
    """The weights of those words that speak for a language."""
    weights, letters = _WEIGHTS[language], _LETTERS.get(language)
    found = []
    for word in words:
        bare = word.lstrip("¿¡")
        parts = [bare] if bare in weights else re.split("['-]", bare)
        known = [weights[part] for part in parts if part in weights]
        if bare != word and language == "es":
            known.append(1)
        if known:
            found.append(min(sum(known), _PLAINLY))
        elif letters is not None and re.search(letters, word):
            found.append(1)
    return found


def _by_script(text: str) -> str | None:
    letters = [character for character in text if character.isalpha()]
    scripts = Counter(unicodedata.name(letter, "?").split(maxsplit=1)[0] for letter in letters)
    scripts.pop("LATIN", None)
    known = {script: n for script, n in scripts.items() if script in _SCRIPTS}
    if not known or sum(known.values()) < _LEAST_SHARE * len(letters):
        return None
    if "HIRAGANA" in known or "KATAKANA" in known:
        return "ja"
    language = _SCRIPTS[max(known, key=lambda script: known[script])]
    if language in ("ru", "ar"):
        for telling, other in _TELLING_LETTERS:
            if re.search(telling, text):
                return other
    return language


_NAMES: dict[str, str] = {
    "ar": "Arabic", "bn": "Bengali", "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek",
    "en": "English", "es": "Spanish", "fa": "Persian", "fi": "Finnish", "fr": "French",
    "gu": "Gujarati", "he": "Hebrew", "hi": "Hindi", "hy": "Armenian", "it": "Italian",
    "ja": "Japanese", "ka": "Georgian", "kn": "Kannada", "ko": "Korean", "ml": "Malayalam",
    "nl": "Dutch", "pa": "Punjabi", "pl": "Polish", "pt": "Portuguese", "ru": "Russian",
    "sr": "Serbian", "sv": "Swedish", "ta": "Tamil", "te": "Telugu", "th": "Thai",
    "tr": "Turkish", "uk": "Ukrainian", "ur": "Urdu", "zh": "Chinese",
}  # fmt: skip


def language_name(code: str) -> str:
    """The English name of a language that `detect_language` found."""
    return _NAMES.get(code, code)
