import json

import pytest

from wellread.adapters.embedded import language
from wellread.adapters.embedded.language import detect_language, language_name

FOREIGN = {
    "de": (
        "Wie beantrage ich Elternzeit?",
        "Wo steht der Drucker im zweiten Stock?",
        "Wer unterschreibt meinen Vertrag?",
        "Warum wurde die Rechnung abgelehnt?",
        "Bis wann muss ich meine Stunden eintragen?",
        "Gibt es eine Frist für die Abrechnung?",
        "Welche Versicherung gilt bei Dienstreisen?",
        "Ist das Büro an Heiligabend geöffnet?",
    ),
    "fr": (
        "Comment demander un congé parental ?",
        "Qui signe mon contrat ?",
        "Pourquoi la facture a-t-elle été refusée ?",
        "Quels documents dois-je fournir ?",
        "Où est l’imprimante du deuxième étage ?",
        "Le bureau est-il ouvert la veille de Noël ?",
        "Combien de temps les données sont-elles conservées ?",
    ),
    "es": (
        "¿Cómo solicito el permiso parental?",
        "¿Quién firma mi contrato?",
        "¿Por qué fue rechazada la factura?",
        "¿Qué documentos debo entregar?",
        "Donde esta la impresora del segundo piso?",
        "Hasta cuando puedo registrar mis horas?",
        "¿Abre la oficina en Nochebuena?",
    ),
    "it": (
        "Come chiedo il congedo parentale?",
        "Chi firma il mio contratto?",
        "Perché la fattura è stata rifiutata?",
        "Quali documenti devo consegnare?",
        "Dov'è la stampante del secondo piano?",
        "L'ufficio è aperto alla vigilia di Natale?",
    ),
    "pt": (
        "Como peço a licença parental?",
        "Quem assina o meu contrato?",
        "Por que a fatura não foi aceita?",
        "Quais documentos preciso entregar?",
        "Onde fica a impressora do segundo andar?",
        "O escritório está aberto na véspera de Natal?",
    ),
    "nl": (
        "Hoe vraag ik ouderschapsverlof aan?",
        "Wie ondertekent mijn contract?",
        "Waarom is de factuur geweigerd?",
        "Welke documenten moet ik inleveren?",
        "Waar staat de printer op de tweede verdieping?",
        "Is het kantoor open op kerstavond?",
    ),
    "pl": (
        "Jak złożyć wniosek o urlop rodzicielski?",
        "Kto podpisuje moją umowę?",
        "Dlaczego faktura została odrzucona?",
        "Jakie dokumenty muszę dostarczyć?",
        "Gdzie jest drukarka na drugim piętrze?",
    ),
    "sv": ("Hur ansöker jag om föräldraledighet?", "Vem skriver under mitt avtal?"),
    "da": ("Hvordan søger jeg om barsel?", "Hvem skriver under på min kontrakt?"),
    "cs": ("Kdo podepisuje mou smlouvu a proč?", "Které dokumenty mám odevzdat?"),
    "fi": ("Miten haen vanhempainvapaata?", "Mitä asiakirjoja minun pitää toimittaa?"),
    "tr": ("Ebeveyn izni için nasıl başvururum?", "Hangi belgeleri vermem gerekiyor?"),
    "ru": (
        "Как оформить отпуск по уходу за ребёнком?",
        "Кто подписывает мой договор?",
        "Где стоит принтер?",
    ),
    "uk": ("Де знайти інструкцію?",),
    "el": ("Πού είναι ο εκτυπωτής;",),
    "zh": ("谁签署我的合同？", "打印机在二楼的什么地方？", "如何申请 VPN 账号？"),
    "ja": ("契約書には誰が署名しますか？", "プリンターはどこにありますか？", "育休の申請方法は？"),
    "ko": ("프린터는 어디에 있나요?",),
    "ar": ("من يوقع عقدي؟", "أين الطابعة في الطابق الثاني؟", "لماذا رُفضت الفاتورة؟"),
    "fa": ("چاپگر کجاست؟",),
    "hi": ("मेरे अनुबंध पर कौन हस्ताक्षर करता है?", "प्रिंटर कहाँ है?", "चालान क्यों अस्वीकार हुआ?"),
    "he": ("איפה המדפסת?",),
    "th": ("เครื่องพิมพ์อยู่ที่ไหน",),
}

ENGLISH = (
    "How do I apply for parental leave?",
    "who signs my contract",
    "Why was the invoice rejected?",
    "Is the Zürich office open on Christmas Eve?",
    "Where is the Betriebsrat contact listed?",
    "Who is Agnieszka Kowalska?",
    "Who is Иван Петров?",
    "What does 東京 mean in the address book?",
    "What is the menu at Café de la Paix?",
    "Which pods does kubectl get in the namespace die-casting?",
    "List all à la carte options",
    "What is a quid pro quo?",
    "When did Deutsche Bahn sign with Die Zeit?",
    "Does El Niño affect the forecast for Las Vegas?",
    "Summarise the São Paulo and Rio de Janeiro shift plans",
)

# Too little to tell: such a question is answered without a word about its language.
TELLING_NOTHING = (
    "",
    "   ",
    "?!",
    "42",
    "🎉🎉",
    "VPN",
    "Dell laptop battery",
    "IST timezone",
    "del command options",
    "Der Spiegel subscription",
    "KDE desktop settings",
    "São Paulo warehouse",
    "Las Palmas de Gran Canaria",
    "Rio de Janeiro",
    "El Paso plant manager",
    "Notre Dame visitors",
    "Île de France office",
    "per diem Berlin",
    "pro rata holiday",
    "de facto standard",
    "jalapeño salsa",
    "error 0x80070005",
    "CES booth",
    "Uma Thurman",
)


def test_foreign_questions_are_noticed():
    questions = [(code, text) for code, texts in FOREIGN.items() for text in texts]
    missed = [(lang, text) for lang, text in questions if detect_language(text) != lang]

    assert len(questions) > 70
    assert len(missed) <= len(questions) // 20, missed


def test_a_foreign_question_is_hardly_ever_given_another_language():
    questions = [(code, text) for code, texts in FOREIGN.items() for text in texts]

    assert [t for lang, t in questions if detect_language(t) not in (lang, None)] == []


def test_every_language_that_can_be_found_has_a_name():
    codes = {*language._WEIGHTS, *language._SCRIPTS.values(), "uk", "sr", "ur", "fa"}

    assert [code for code in codes if language_name(code) == code] == []
    assert language_name("de") == "German"
    assert language_name("xx") == "xx"


@pytest.mark.parametrize("text", ENGLISH)
def test_an_english_question_with_foreign_names_is_english(text):
    assert detect_language(text) == "en"


@pytest.mark.parametrize("text", TELLING_NOTHING)
def test_what_tells_nothing_has_no_language(text):
    assert detect_language(text) is None


@pytest.mark.parametrize("text", ["\ud800 what", "\0", "a" * 100_000, "¿" * 5000, "中" * 100_000])
def test_strange_text_is_no_error(text):
    assert detect_language(text) in (None, "en", "zh")


def test_case_and_decomposed_accents_change_nothing():
    assert detect_language("WO FINDE ICH DAS HANDBUCH?") == "de"
    assert detect_language("Où est le cafe\u0301 ?".replace("ù", "u\u0300")) == "fr"


def test_a_whole_passage_is_recognised():
    passage = (
        "Die Frist beginnt mit dem Eingang der Rechnung. Wird sie nicht eingehalten, werden "
        "Mahnkosten berechnet, die vom Kunden zu tragen sind."
    )

    assert detect_language(passage) == "de"


@pytest.mark.shared
def test_no_english_question_of_the_development_set_is_taken_for_another_language(shared):
    lines = shared("data/devset/questions.jsonl").read_text(encoding="utf-8").splitlines()
    questions = [json.loads(line)["question"] for line in lines]

    assert [q for q in questions if detect_language(q) not in ("en", None)] == []
    assert sum(detect_language(q) == "en" for q in questions) > 0.9 * len(questions)
