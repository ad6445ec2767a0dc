"""Whether a mail asks for the link and for nothing else: made-up mails, each with what a person would do."""

from __future__ import annotations

import pytest

from pipeline.rules.messages.asking import other_matter, words_of
from tests.support.yardstick import in_million_steps

KNOWN = frozenset(words_of("Ana Lopez, Autumn Meeting 2025, Chicago, ACR Convergence"))
THE_LINK_ANSWERS = [
    ("Zertifikat", "Zertifikat bitte\nGrüße"),
    (
        "Zertifikat",
        "Könnten Sie mir mein Zertifikat noch einmal zusenden?\nMit freundlichen Grüßen\nAna Lopez",
    ),
    (
        "Zertifikat",
        "Bitte schicken Sie mir mein Zertifikat.\n\nMfG\nAna Lopez\nMedizinische Klinik I\nTel. 030 55",
    ),
    ("参加証明書", "お世話になっております。参加証明書を再送していただけますか。よろしくお願いいたします。"),
    ("Attestato", "Potete inviarmi di nuovo l'attestato? Grazie"),
    (
        "Re: it",
        "On Tue, 24 Nov 2026 the college\n<it@example.net> wrote:\n> Here.\n\nPlease send the link again.",
    ),
    (
        "Re: it",
        "Please send the link again.\n\nOn Tue, 24 Nov 2026 the college\n<it@example.net> wrote:\n\nHere.",
    ),
    ("Certificate", "Please send it.\n\nBest,\nAna\nPlease consider the environment\nSent from my iPhone"),
    ("Certificate", "Please send it.\n\nConfidentiality notice: if this is an error, delete it."),
    ("Certificate, please", "-- \nAna Lopez"),
    (
        "Certificate",
        "Hi, I never got my certificate for the annual meeting. Could you send it again? Thanks, Ana",
    ),
    ("lost link", ""),
    ("CME", "Where can I download it?"),
    ("Hallo", "ich finde mein Zertifikat nicht mehr"),
    ("hola", "necesito mi certificado"),
    ("", "certificate plz\n\nSent from my iPhone"),
    ("Lost link", "Thanks\n-- \nConfidential. If received in error, delete."),
    ("Lost link", "Thanks\nThis e-mail and any attachment is intended for you; delete errors"),
    ("Lost link", "Thanks\n> my name is wrong"),
    ("My certificate", "I lost my link."),
    (
        "CME credits",
        "Good morning,\n\nI attended ACR Convergence 2025 in Chicago and I have not received my CME certificate yet. Could you please send it to me?\n\nKind regards,\nAna Lopez, MD\nRheumatology Fellow\nUniversity Hospital Halifax\nPhone +1 902 555 0100",
    ),
    (
        "Request for certificate of attendance",
        "Dear Sir or Madam,\n\nI would like to request my certificate of attendance for the Autumn Meeting 2025.\n\nBest wishes\nAna",
    ),
    (
        "certificate",
        "Hello, I accidentally deleted the email with the link to my certificate. Would you be so kind to resend it? Thank you very much in advance!",
    ),
    ("Link", "The email with my link is in no folder, not even spam. Please resend."),
    ("MOC certificate", "I can't find the email with my MOC certificate, can you resend?"),
    ("Certificates 2023, 2024 and 2025", "I need all my certificates for my board renewal."),
    ("link expired", "My link has expired, please send a new one"),
    (
        "Zertifikat",
        "Sehr geehrte Damen und Herren,\n\nleider habe ich mein Zertifikat für den Kongress noch nicht erhalten. Könnten Sie es mir bitte erneut zusenden?\n\nMit freundlichen Grüßen\nAna Lopez",
    ),
    (
        "Teilnahmebestätigung",
        "Guten Tag, ich benötige eine Teilnahmebescheinigung für die Tagung. Vielen Dank!",
    ),
    (
        "certificado",
        "Buenos días, no he recibido mi certificado del congreso. ¿Podrían enviármelo de nuevo? Muchas gracias. Saludos, Ana",
    ),
    ("Certificado", "Prezados, gostaria de receber meu certificado de participação. Obrigada"),
    (
        "attestation",
        "Bonjour, je n'ai pas reçu mon attestation de participation. Pourriez-vous me la renvoyer s'il vous plaît ? Cordialement, Ana Lopez",
    ),
    ("Attestato", "Buongiorno, non ho ancora ricevuto il mio attestato. Potreste inviarmelo? Grazie mille"),
    (
        "Certificaat",
        "Beste, ik heb mijn certificaat nog niet ontvangen. Kunt u het opnieuw sturen? Met vriendelijke groet, Ana",
    ),
    (
        "Zaświadczenie",
        "Dzień dobry, proszę o przesłanie zaświadczenia o udziale w konferencji. Pozdrawiam, Ana",
    ),
    ("Сертификат", "Добрый день! Я еще не получил сертификат, отправьте его, пожалуйста. С уважением, Ana"),
    ("Katılım belgesi", "Merhaba, katılım belgemi tekrar gönderebilir misiniz? Teşekkürler"),
    ("수료증", "안녕하세요. 수료증을 아직 받지 못했습니다. 다시 보내 주세요. 감사합니다."),
    (
        "参加証について",
        "お世話になっております。参加証を再送していただけますでしょうか。よろしくお願いいたします。",
    ),
    ("证书", "您好,我没有收到参会证书,请重新发送。谢谢!"),
    ("شهادة الحضور", "مرحبا، أرجو إرسال شهادة الحضور. شكرا"),
    (
        "proof of attendance",
        "Dear all, my hospital needs proof of attendance for the October meeting. Many thanks",
    ),
    ("Please resend my link", "Please send me the link to my certificates again. My name is Ana Lopez."),
    ("cme", "pls resend cme cert tx"),
    (
        "Certificate of participation",
        "Could you let me know how I can access my certificate? I am looking for it on the website, but cannot find it.",
    ),
    ("Fwd: Certificate", "I have moved to a new computer and lost my certificate, please send me a copy."),
    (
        "Certificate request",
        "Hi there! Hope you're well. I was at the meeting in San Diego in November. Could you please re-send my CME certificate? Many thanks in advance.",
    ),
    ("", "Hello, where do I find my certificate?"),
    ("Re: CME", "I still have not received my CME certificate. Please advise."),
    (
        "CME Certificate - Ana Lopez",
        "Dear Education Team,\nPlease could you provide me with my certificate of attendance.\nRegards,\nDr Ana Lopez",
    ),
    ("Missing certificate", "I am missing my certificate from the Autumn Meeting. Can you send it?"),
    ("Help", "I can't access my certificate anymore. Please send the link again."),
    ("certificate", "I need a copy of my certificate for my relicensing. Thanks"),
    ("URGENT", "URGENT: need my cme certificate by tomorrow for license renewal!!"),
    ("Link to certificate not received", "I have not received the link."),
    ("Cert", "Yo, can u resend my cert?"),
    (
        "Certificado CME",
        "Estimados señores: les escribo para solicitar el certificado de asistencia al congreso. Quedo atenta. Un cordial saludo, Ana",
    ),
    (
        "Certificat de présence",
        "Bonjour, pourriez-vous m'envoyer mon certificat de présence au congrès ? Merci d'avance",
    ),
    ("Attestation", "Bonjour, je souhaiterais recevoir mon attestation de participation. Bien cordialement"),
    ("CME Zertifikat", "Hallo, wo kann ich mein CME-Zertifikat herunterladen? Liebe Grüße Ana"),
    (
        "Bescheinigung",
        "Liebes Team, ich habe den Link zu meiner Bescheinigung verloren. Bitte nochmals schicken. LG Ana",
    ),
    (
        "certificato",
        "Gentili signori, vi chiedo gentilmente di inviarmi il certificato di partecipazione. Cordiali saluti",
    ),
    ("Certificado", "Olá, perdi o link do meu certificado. Podem enviar novamente? Obrigado!"),
    ("Справка", "Здравствуйте! Не могу найти ссылку на сертификат. Вышлите, пожалуйста, ещё раз."),
    ("증명서", "참석 확인서를 다운로드할 수 있는 링크를 보내 주시면 감사하겠습니다."),
    ("修了証", "修了証のリンクが見つかりません。再度送っていただけますか。"),
    ("證書", "老師您好,請問可以再寄一次參加證書的連結給我嗎?謝謝"),
    ("zaswiadczenie", "Proszę o ponowne przesłanie linku do certyfikatu. Dziękuję"),
    ("Sertifika", "Sertifikamı bulamıyorum, linki tekrar yollar mısınız?"),
    (
        "Please send me the link to my certificates",
        "Please send me the link to my certificates again.\n\nMy name: Ana Lopez\n",
    ),
    ("Request for my link", "Please send the private link to my certificates to this address."),
]
A_PERSON_ANSWERS = [
    ("STOP", "stop sending me certificate mails"),
    ("Certificate", "The mailbox I registered with is dormant, send it to jo@home.example.com instead"),
    ("Certificate", "Please resend. My last name is not on my certificate."),
    ("Credits", "I claimed 12 hours but would like 14"),
    ("Certificate", "My certificate must state my license number, please send"),
    ("Certificates", "send both certificates of Dr. Voss and Dr. Obi to me"),
    ("Credits", "how many credits is the meeting worth? I might register"),
    ("Certificate", "file not found when I open it"),
    ("certificate", "Dr. Levi died in May, take this mailbox off"),
    ("certificate", "I never attended this meeting but got a certificate"),
    ("MOC", "MOC points do not show in ABIM"),
    ("certificate", "Please confirm to my employer that I have a certificate"),
    ("certificate", "Please send my certificate on A4 by post"),
    ("Re: certificate", "Thank you for the certificate, it arrived"),
    ("Certificate", "my name is wrong on it"),
    ("Certificate", "Please update my email, I changed hospitals"),
    ("Delete my data", "and the certificate"),
    ("Hello", "How are you?"),
    ("", ""),
    ("certificate", "Got it, thanks!"),
    ("certificate", "Thank you so much for sending the certificate."),
    ("certificate", "Could you send my husband's certificate too?"),
    ("Certificate", "I'm the assistant of Ana Lopez. Please send her certificate."),
    ("certificate", "Please send it to my personal address, ana.l@home.example"),
    ("certificate", "I have two links, which one counts? Please send the right certificate"),
    ("certificate", "It says Participation, but I claimed CME. Please send the certificate"),
    ("certificate", "I completed the evaluation but have no CME certificate, please send"),
    ("Certificate", "The date on my certificate is in October but I was there in November, please resend"),
    (
        "Certificate",
        "Please send the certificate as a Word document with the society's logo for our newsletter",
    ),
    ("Certificate", "Can I get a certificate for the speakers of my session, too?"),
    ("Certificate", "Is this certificate valid in Germany for CME points of the Ärztekammer?"),
    ("Certificate", "I do not want this certificate"),
    ("Certificate", "Don't send certificates to this mailbox."),
    ("certificate", "I received someone's certificate, not mine. Please send mine."),
    (
        "link",
        "I clicked the link in your mail and now my computer behaves strangely. Is your certificate mail genuine?",
    ),
    ("Certificate", "When will certificates for the spring course be sent?"),
    ("Credits", "Please send me a certificate for 14 credits"),
    ("Certificado", "Mi apellido está mal escrito en el certificado, por favor enviar de nuevo"),
    ("Certificado", "Por favor envíe el certificado a otro correo"),
    ("Zertifikat", "Bitte senden Sie mein Zertifikat mit korrigiertem Titel"),
    ("attestation", "Mon nom est mal orthographié sur l'attestation, merci de la renvoyer"),
    ("Сертификат", "В сертификате ошибка в фамилии, пришлите новый"),
    ("수료증", "수료증에 이름이 잘못 되었습니다. 다시 보내 주세요"),
    ("证书", "证书上的名字有错误,请重新发送"),
    ("証明書", "証明書の氏名が間違っています。再送してください"),
    (
        "Certificate",
        "Please resend\n\nThanks, Ana\n\nPS: I also need to know whether my colleague Bo has passed the course, as he never tells us.",
    ),
    ("certificate", "Thanks\nAna\nCould you also check the spelling?"),
    ("Certificate", "Hi, please resend the certificate to all of our nurses"),
    ("Invoice and certificate", "Please send both"),
    ("My certificate", "I need it with my maiden name"),
    ("MOC", "I need my points submitted to ABIM. Please send the certificate to ABIM"),
    ("CME", "My CME credits were not awarded"),
    ("Certificate", "The certificate shows Ana Maria instead of Ana, please send again"),
    ("Certificate", "Please do not mail my certificate, I will download it"),
    ("Certificado", "Meu nome está errado no certificado, enviem novamente"),
    ("Certificate", "cannot open the pdf certificate, it is damaged"),
    ("Certificate", "Please send certificate to Bo Berg"),
    ("Certificate", "Please add my middle initial to the certificate and send it again"),
    ("Certificate", "My title should be MD, PhD. Please send again."),
    ("certificate", "I got the link of another person. Please send mine."),
    ("Certificate", "I need the certificate in French"),
    ("Certificate", "Please send me a receipt and certificate"),
    ("Credits", "Why did I only get 10 credits?"),
    ("certificate", "Do I have to pay for the certificate?"),
    ("Certificate", "Could you tell me the deadline to claim the certificate?"),
    ("Certificate", "I'd like the certificates of all our participants"),
    ("Fwd: Certificate", "FYI, see below. Can you help Dr. Obi?"),
    ("Certificate", "Please send it to ana dot lopez at home dot example"),
    ("Certificate", "I left the clinic, please use my home email from now on and send the certificate"),
    ("Certificate", "I don't think I claimed the certificate. Can you look?"),
    ("Certificate", "the certificate says 10 but it should be 12"),
    ("Certificate", "This is Bo, Ana's husband. Ana passed away. Where can I get the certificate?"),
    ("Certificate", "Your website is terrible, where is my certificate?"),
    (
        "Certificate",
        "I have been trying for three weeks and nobody answers. I want to speak with your director about my certificate.",
    ),
    ("Thanks", "Thank you, I found the certificate"),
    ("thank you", "I could download the certificate, thank you"),
    ("certificate", "ok got it"),
    ("Certificado", "Gracias, ya recibí el certificado"),
    ("Zertifikat", "Danke, ich habe das Zertifikat bekommen"),
    ("Attestation", "Merci, j'ai bien reçu l'attestation"),
    ("Сертификат", "Спасибо, сертификат получил"),
    ("证书", "证书已收到,谢谢"),
    ("certificate", "Please send the slides and the certificate"),
    ("certificate", "Where can I find the program? Also the certificate"),
    ("Certificado", "Quiero el certificado de mi colega"),
    ("Certificate", "Can you verify that certificate 694Z-8MW3-6ESM-6M2V is genuine?"),
    (
        "Verification of CME",
        "We are a credentialing office and need to verify the CME certificate of Ana Lopez.",
    ),
    ("Certificate", "please resend to my wife"),
    ("Certificate", "Please keep my certificate longer than six years"),
    ("Link", "Is this link secure? Anybody can open it"),
    ("link", "I forwarded the link by accident to a friend, please give me a new link"),
    ("link", "Someone has my link. Please send a new one"),
    ("Certificate", "please take me off the list and send the certificate"),
    ("certificate", "I was sent the certificate in error"),
    ("Certificate", "I cannot print the certificate"),
    ("Certificate", "The PDF is blank. Please send the certificate again."),
    ("Certificate", "The download does not start"),
    ("certificate", "my certificate is for the previous year, please send the one for this year"),
    ("Certificate", "I received only the participation certificate. Please send the CME one."),
    # What stands below: a quoted mail, its footer, the closing
    ("Certificate", "On Tue, 24 Nov 2026 the college wrote:\n> It is here.\n\nMy surname has two l."),
    ("Certificate", "On Tue, 24 Nov 2026 the college\n<ana@example.org> wrote:\n> Here.\n\nI was not there."),
    ("Certificate", "> Your certificate is here.\n" * 200 + "\nMy surname is spelled wrongly."),
    ("Certificate", "-----Original Message-----\nYour certificate is here\n\nI was not there"),
    ("Certificate", "Please send my certificate.\n" + "\n" * 4100 + "It goes to my lawyer."),
    ("Certificate", "Please send my certificate.\nThanks\nAna\n" + "Boston\n" * 600 + "I was not there"),
    ("Certificate", "Please send my certificate. This is confidential: I was not there at all."),
    ("Certificate", "Please send my certificate.\n\nThanks,\nAna\nP.S. I moved to Boston last month"),
    ("Certificate", "Please send my certificate.\n\nThanks,\nAna\nPS a new job starts in May"),
    ("Certificate", "Please send my certificate.\n\nThanks,\nAna\nI left Boston"),
    # Another certificate, another's, another way
    ("Certificate", "I need my board certificate"),
    ("Certificate", "Please send my certificate to the state medical board"),
    ("Certificate", "PLEASE SEND MY CERTIFICATE TO MY NEW OFFICE"),
    ("Certificate", "please forward my certificate to the department of education"),
    ("Certificate", "please send the certificate for all residents of our department"),
    ("Certificate", "we need the certificate of our nurse please"),
    ("Certificate", "can i still claim my credits and get a certificate?"),
    ("Certificate", "who is this? why do you send me a certificate"),
    ("Certificate", "No more certificates please."),
    ("Zertifikat", "Bitte keine weiteren Zertifikate mehr senden."),
    ("Certificaat", "Stuur mij geen certificaten meer."),
    ("Certyfikat", "Proszę nie wysyłać więcej certyfikatów."),
    ("Сертификат", "Пожалуйста, не присылайте больше сертификаты."),
    ("Sertifika", "Lütfen artık sertifika göndermeyin."),
    ("参加証", "参加証を送らないでください。"),
    ("证书", "请不要再发证书给我。"),
    ("이수증", "이수증을 보내지 마세요."),
    ("شهادة", "لا ترسل لي شهادة من فضلك"),
    ("Zertifikat", "Bitte schicken Sie mir mein Zertifikat per Post."),
    ("Attestato", "Vorrei ricevere l'attestato per posta."),
    ("Certyfikat", "Proszę o przesłanie certyfikatu pocztą."),
    ("Сертификат", "Пришлите пожалуйста сертификат почтой."),
    ("参加証", "参加証を郵送してください。"),
    ("이수증", "이수증을 우편으로 보내 주세요."),
    ("证书", "证书上的名字写错了，请重新发送。"),
    # One word that is not understood is much in a short mail, whatever its language
    ("Certificaat", "Graag mijn certificaat op naam van mijn praktijk sturen."),
    ("参加証", "参加証に電話をください。"),
]


def asked(subject: str, text: str) -> str:
    return other_matter(subject, text, "ana@example.org", KNOWN)


@pytest.mark.parametrize(("subject", "text"), THE_LINK_ANSWERS)
def test_a_request_in_the_words_of_those_who_write_is_one(subject: str, text: str) -> None:
    assert asked(subject, text) == ""


@pytest.mark.parametrize(("subject", "text"), A_PERSON_ANSWERS)
def test_what_says_more_takes_a_person_and_the_reason_is_said(subject: str, text: str) -> None:
    """An answered mail is filed as read: whoever wanted something else would never hear of it."""
    assert asked(subject, text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Please send my certificate to me@home.example", "it names another address (“me@home.example”)"),
        ("The certificate of Dr. Obi, please", "it may be about somebody else (“Obi”)"),
        ("My certificate, please\n\nThanks\nAna\nIs it valid in Texas?", "it says more below its closing"),
        ("Thank you for the certificate", "it names a certificate, and asks for nothing"),
        ("Please help me", "it does not ask for a link or certificate"),
        (
            "I do not like the certificate, please",
            "it may want something else (“i do not like the certificate”)",
        ),
        ("Please gild my certificate", "it says more than a request does (“gild”)"),
    ],
)
def test_the_reason_names_what_stands_against_it(text: str, why: str) -> None:
    assert asked("", text) == why


@pytest.mark.parametrize(
    "text",
    [
        "Please send my certificate to ANA@example.org",
        "Please resend my certificate.\n\nBest regards\nAna Lopez, MD\nChief of Arthritis Research\n+1 902 555 0100",
        "Dear Dr. Smith, please resend my certificate",
        "Please resned my certifcate",
        "My name is Ana Lopez. Please send the certificate of the Autumn Meeting 2025",
        "please send my certificate\n> I lost yours, and my name is wrong",
    ],
)
def test_who_writes_and_what_is_known_do_not_stand_against_it(text: str) -> None:
    assert asked("", text) == ""


@pytest.mark.parametrize(
    "text",
    [
        "\n" * 50_000,
        "\n \t" * 16_000,
        ">\n" * 25_000,
        "on 1 aaaa\n" * 5_000,
        "this message " * 4_000,
        "1/" * 25_000,
        "!\n" * 25_000,
        "1" * 3_900,
    ],
)
def test_no_text_takes_long(text: str) -> None:
    assert in_million_steps(lambda: asked("Certificate", text)) < 30
