"""The words of those who ask for their link, in the languages most of them write in: a table, no code.

`*` is any ending. A word that stands in none of these tables is one that is not understood, and a mail with
more than a few of them takes a person: so a missing word costs a minute, and seldom a wrong answer.
"""

# What is asked for.
OBJECTS = """
certif* cert certs certs. link links url cme moc credit credits attestation* diploma* proof letter page
confirmation
certificado* certificad* comprobante* enlace constancia* crédito* credito* justificante*
comprovante* declaração ligação
attestation* lien liens justificatif*
zertifi* teilnahmebest* teilnahmebesch* bescheinigung* nachweis* teilnahmenachweis* bestätigung*
attestat* attestazion*
certificaat certificaten bewijs deelnamebewijs deelnamecertificaat
zaświadczeni* certyfikat* potwierdzeni*
сертификат* свидетельств* справк* ссылк* диплом* удостоверен*
sertifika* katılım belge* bağlantı*
이수증* 참가증* 수료증* 증명서* 인증서* 링크* 확인서*
شهادة الشهادة شهادتي رابط الرابط
"""

# That it is asked for. What is not received or found is asked for, too: see NOT_COME.
ASKS = """
please plz pls kindly send resend re-send forward email need needs require* request requesting want
obtain provide retrieve locate lost lose misplaced expired missed unable waiting issue reissue
again awaiting looking wondering
favor necesito necesita enviar enviarme enviármel* envíe* envíen* mandar mandarme manden quisiera quiero
solicito
solicitar perdí perdido descargar obtener
enviem envie mande gostaria preciso perdi baixar obter
svp plaît plait envoyer m'envoyer renvoyer voudrais souhait* besoin perdu télécharger obtenir
bitte senden schicken zusenden zuschicken benötige brauche möchte verloren herunterladen fehlt
vorrei inviare inviarm* mandare mandarm* inviatem* perso scaricare favore cortesemente richiedo chiedo
graag alstublieft aub sturen stuur kwijt downloaden nodig
proszę prosze prosić przesłanie przesłać wysłać ponowne zgubił* potrzebuj* pobrać
пожалуйста пришлите отправьте вышлите прошу нужен нужно нужна потерял* скачать выслать прислать отправить
lütfen gönder* yollar rica istiyorum ihtiyac* alamadım kaybettim bulamıyorum indir*
부탁* 보내* 주세요 필요* 다운로드* 재발급* 재발송*
أرجو الرجاء إرسال ارسال أحتاج أريد تحميل فقدت
"""

# Words of questions: they ask where there is a question mark, or no thanks.
QUESTIONS = """
get have download access receive find where how could can would may might
podría podrían puede pueden dónde donde poderia poderiam pode podem onde pourriez pouvez pourrais où
könnten können könnte bekommen wo potrei potrebbe potreste dove avere ricevere zou kunt kunnen ontvangen waar
gdzie mogę получить могу могли можно где nerede alabilir* 받을* 있을까요 어디* ممكن أين
"""

# Whatever else such a mail says in English.
ENGLISH = """
a an the i i'm i'd i've im am me my mine myself we our us you your yours it its it's this that these those is
are was were be been being has have had having do does did done will shall to of for from in on at by with as
and or but so if when then than because since after before until into about via   just  still yet
once one more back up out down off here there what which who why any all some one copy copies pdf file version
new another time times again soon possible asap quick quickly urgent urgently today now already recent
recently
ago last past  year years month months week weeks day days yesterday currently later
hi hello dear hey greetings good morning afternoon evening day team sir madam all everyone everybody
colleagues
office whom concern sirs folks support staff helpdesk
thank thanks thankyou many much very regards best kind warm sincerely cheers respectfully cordially advance
appreciate appreciated appreciation grateful help helping assistance assist hope hoping wish well great sorry
apologies trouble bother inconvenience
education center acr american college rheumatology convergence annual meeting meetings conference congress
course courses session sessions symposium webinar webinars workshop workshops activity activities event events
  online virtual live review module modules lecture lectures series
missing attend attended attending attendance participant participants participate participated participation
part took
taken take complete completed completing completion earned earn claim claimed claiming registered
registration registrant finished finish joined presented claim
physician physicians doctor doctors fellow fellowship nurse resident student trainee rheumatologist hospital
clinic university department employer's institution board boards renewal renew license licence licensing
recertification relicensure credentialing record records file portfolio cpd continuing medical abim abp
maintenance
january february march april may june july august september october november december jan feb mar apr jun jul
aug sep sept oct nov dec spring summer autumn fall winter
e-mail email emails mail mails e-mails inbox spam junk folder message messages website site account phone
computer
laptop old found got gotten received arrived arrive came come see seen seem seems able access accessed open
opened
deleted accidentally accidentally by own know sure let asked ask asking tried trying try using use used say
says
thing like look think believe remember seem same original earlier personal available valid year's
sent iphone ipad android outlook samsung galaxy mobile device get yahoo
yes anymore advise relicensing tomorrow yo private address fyi re fw fwd aw wg rv sv wishes wish moved
moving switched there's let's thats that's
even somewhere anywhere everywhere order nowhere supposed right away tx moment chance trash
purposes purpose application applying promotion fulfil fulfill requirement requirements requires office
happy glad unfortunately apparently simply maybe perhaps possibly possible
"""

# And in other languages; those whose words have many endings are never whole.
OTHERS = """
hola escribo quedo atenta atento buenos buenas días dias tardes noches estimado estimada estimados estimadas
señor señores equipo cordial
cordiales saludo saludos atentamente gracias muchas mucho muy de del la las el los un una mi mis me se su
sus lo
le les por para con en al y o que no aún todavía he ha haber mi copia nuevo nueva nuevamente otra vez
asistencia asistente participación participante participé asistí reunión congreso curso sesión anual año mes
correo electrónico página médico médica hospital desde enviado adelante antemano ayuda

olá oi bom boa dia tarde noite prezado prezada prezados senhor senhores equipe cordialmente atenciosamente
obrigado obrigada muito muita do da dos das o os as um uma meu minha meus minhas não ainda em no na ao pelo
pela
que para com e segunda via novamente participação presença participei reunião congresso curso anual ano

bonjour bonsoir madame monsieur messieurs cher chère chers équipe cordialement salutations bien je j'ai
j'aimerais
mon ma mes le la les un une des du de d'un d'une l'attestation au aux à et ou que qui pour par avec dans sur
ne
n'ai pas plus encore jamais avoir ai est nouveau nouvelle s'il vous te participation présence participé
congrès
réunion cours formation annuel année médecin docteur adresse copie remercie avance d'avance

hallo guten tag morgen abend sehr geehrte geehrter damen und herren liebe liebes lieber team ich wir mein
meine
meinen meiner meines mir mich uns unser das der die den dem des ein eine einen einer eines es sie ihr ihre
ihren
ist sind war habe haben hat hatte noch einmal nicht nie mehr leider bisher immer wieder nochmal nochmals
erneut neu
neuen zu zum zur für von vom im in am an auf aus bei mit über und oder als bitte danke dank vielen herzlichen
grüße grüßen gruß freundlichen besten viele mfg teilnahme teilgenommen kongress tagung kurs jahr jahres
jahrestagung veranstaltung fortbildung punkte arzt ärztin klinik gesendet meinem kann könnte würde gern gerne
wie wo wann was dass wäre toll hilfe voraus mail

buongiorno buonasera potete può signori vi salve gentile gentili spett egregi cordiali saluti distinti
grazie molte
mille anticipo il
lo la i gli le un uno una mio mia miei mie di del della dei delle da dal al alla in nel nella su per con e o
che
non ancora mai ho ha è sono stato partecipazione partecipato presenza congresso corso convegno riunione
annuale
anno copia nuovo nuova nuovamente

beste geachte goedemorgen goedendag dag met vriendelijke groet groeten dank bedankt bij voorbaat ik mijn mij
me
het de een van voor naar op aan in is heb hebben niet nog nooit meer opnieuw congres cursus deelname
deelgenomen
jaar u uw mogen nieuw nieuwe ontving

dzień dobry dobry szanowni państwo pozdrawiam poważaniem z dziękuję dziekuje o mój moja moje mojego mojej w
na do
od i lub że nie jeszcze już nigdy uczestnictwa udziału udział konferencji kongresu kursu kurs rok roku czy

добрый доброе день утро вечер здравствуйте уважаемые коллеги господа спасибо большое заранее уважением с
наилучшими пожеланиями я мне мы мой моя мое моё мои моего моей его на в во за от о об к и или что не еще ещё
так
уже участника участник* участии участие конгресс* конференц* курс* год* года бы ли могу снова еще раз

merhaba sayın iyi günler çalışmalar saygılarımla teşekkür teşekkürler ederim selamlar ben benim bana bir ve
veya
için ile bu tekrar henüz değil katılım belgemi belge belgesi katıldım kongre kongresi toplantı toplantısı
kurs yıl
yıllık yeniden mi mı misiniz mısınız edersiniz eder

안녕하세요 안녕하십니까 있는 주시면 감사하겠* 감사합니다 감사드립니다 저는 제 제가 저의 수 을 를 이 가 은 는
에 의 아직 못했습니다
못
참석* 참가* 학회* 교육* 강의* 년 월 합니다 있습니다 바랍니다 드립니다 좀 관련 요청* 발급* 문의* 연수*

مرحبا السلام عليكم تحية طيبة شكرا جزيلا لكم من فضلك في على إلى الى عن أن لم بعد لا حضور الحضور مؤتمر المؤتمر
المشاركة مشاركة دورة الدورة الخاصة الخاص بي لي هل يمكن يمكنكم يمكنني الحصول كل سنة عام مع إعادة
"""

# Chinese and Japanese, whose words no blanks part: what is taken out before the characters left are counted.
UNPARTED_OBJECTS = """
证书 證書 证明 證明 链接 連結 学分 學分 証明書 参加証明書 受講証明書 修了証明書
出席証明書 修了証 参加証 受講証 リンク 修了証書 認定証
"""
UNPARTED_ASKS = """
请 請 麻烦 麻煩 能否 可以 可否 需要 再发 重新 发送 發送 发给 發給 寄给 寄給 下载 下載 找不到 丢失 遺失
没有收到 沒有收到
お願い ください 下さい 送って 送付 再送 再発行 ダウンロード いただけ 頂け 紛失 届いて 見つかり 必要 どこ
"""
UNPARTED_OTHERS = """
您好 你好 请问 請問 寄 老师 老師 谢谢 謝謝 感谢 感謝 我的 我 的 一下 一次 吗 嗎 了 把 给 給 会议 會議 年会
年會 参加 參加
参会 課程 课程
培训 培訓 出席 学会 學會 邮箱 郵箱 邮件 郵件 年 月 日 在 是 有 和 还 還 再 上 以下 如何 怎么 怎麼 哪里 哪裡
取得 获取 獲取
こんにちは お世話になっております お世話になります いつも ありがとうございます ありがとう よろしく 宜しく
します いたします 致します
申し上げます です ます ません まだ の を が は に で と も へ 私 先日 参加 受講 学会 会議 研修 もう一度 再度
て いる おり いて
でしょうか か た し お ご さい ませ たい 方法 教えて 年次 総会 大会 様 御中 担当者
"""

# Matters that the link does not settle, though a link is asked for as well. Beginnings of words.
MATTERS = r"""
wrong|incorrect|mistake|misspel|typo|errors?\b|correct(?:ion|ed|ly)?\b|amend|fix\b|chang|updat|spell|instead
new (?:e-?mail|address|office|job|practice|hospital|clinic)
(?:other|another|different|alternat\w*|private|personal|second) (?:e-?mail|address|mailbox|account)
dormant|no longer (?:use|work|have access)|missing\b(?! (?:my |the )?(?:e-?mail|link|certificate)s?\b)
not (?:listed|shown|there|received credit|found\b|working|open)
(?:page|file|link) (?:not|is not|isn.t|does)\b|404\b|broken
refund|invoice|receipt|payment|price|fees?\b|costs?\b|how (?:many|much)|discount
regist(?:er|ering) (?:for|to)\b|upcoming|next (?:year|meeting)
delete(?:\b(?! it)(?! the e-?mail)(?! your e-?mail))|deletion|erase|remov|privacy|gdpr|unsubscrib|opt.?out
\bstop|complain|legal|lawyer|fraud|phish|scam|(?:is|as|this) spam|spam\?
not me\b|(?:another|other) (?:person|doctor|participant|member|user)|someone else|somebody else
colleague(?!s\b)|on behalf|behalf of|coordinator|secretary|assistant\b|manager\b|\bcc\b|c/o
\bhis\b|\bher\b|\btheir\b|husband|wife\b|spouse|widow|both (?:of )?(?:us|our|certif)|for them\b
(?:our|all|all the|all of the) (?:fellow|doctor|physician|resident|nurse)s?\b
(?:send|forward)\b[^.,\n]{0,40}\bto (?:the|our|my) (?:department|hospital|clinic|university|office|institut)
died|death|deceased|passed away|retired|retirement|left the (?:hospital|practice|institution)
in (?:french|english|german|spanish|italian|word|colou?r)\b|by (?:post|fax|mail\b)|postal|printed|hard ?copy
paper|\ba4\b|signed|signature|stamp|notari|apostil|translat|visa\b|letterhead
must (?:state|include|show|mention|contain)|(?:should|needs? to) (?:state|include|show|mention|say)
licen[sc]e number|npi\b|employer
\d{1,6}(?:[.,]\d{1,6})? ?(?:cme|moc|ama|credits?|hours?|points?|h)\b|transcript|report|evaluation|survey|quiz
withdraw|cancel
board.certifi|certificates? of (?:member|good|insurance)|to (?:the|my|our) (?:[a-z]+ ){0,3}board\b
(?:to|still|can i|how do i) claim\b|(?:who|what) (?:is|are) (?:this|these|you)\b|why\b.{0,20}\bsend
no (?:more|further)\b
(?:never|not|n.t) (?:attend|register|take part|participat|join|sign)
do(?:es)? ?n.t (?:open|work|show|appear|display|match|include|state)
does not (?:open|work|show|appear|display|match|include|state)
do not (?:show|appear|match|need|want|send)|don.t (?:need|want|send)|no need|not needed|merg|duplicate
two accounts|twice
falsch|fehler|korrig|korrektur|änder|abmeld|lösch|rechnung|verstorben|per post\b|postalisch|postweg|ausdruck
papier|unterschr|stempel|stattdessen|andere adresse
(?:keine?|nicht) (?:weiter|mails?\b|e-mails?\b|zertif|nachricht)
(?:nicht|keine?)\b.{0,40} mehr (?:send|schick|zu)
neue adresse|kollege|kollegin|arbeitgeber|namen
correg|correcci|error|incorrecto|equivoc|cambi|otro correo|otra direcci|falleci|factura|dar de baja|colega
en lugar de|nombre|por (?:favor,? )?correo postal|impres|\bno\b.{0,20} (?:envíe|envie|mande)
erreur|corrig|rectif|autre adresse|nouvelle adresse|décéd|facture|désinscri|désabonn|collègue|\bnom\b
au lieu|postal|papier|ne (?:m.|me |nous )?(?:plus )?envo
errore|sbagliat|correzion|altro indirizzo|decedut|fattura|collega|disiscri|invece|\bnome\b|per posta\b
cartace|\bnon (?:mi )?(?:invi|mand)
\berro\b|errad|corrij|corrig|outro e-?mail|falec|fatura|recibo|em vez|\bnão\b.{0,20} (?:envie|mande)|impress
fout|verkeerd|wijzig|overleden|factuur|in plaats|per post\b|geen (?:certific|mail)
(?:niet|geen)\b.{0,30} meer (?:st|te st)
błąd|błęd|popraw|zmian|zmien|zmarł|faktur|zamiast|nazwisk|pocztą\b|(?:nie|więcej nie) (?:wysył|przysył)
ошибк|неправильн|неверн|исправ|измен|другой адрес|другую почту|умер|отпис|удал|счет|фамили|почтой\b|по почте
не (?:присыл|отправл|шлите|надо|нужн)
yanlış|hata|düzelt|değiş|başka|vefat|fatura|yerine|posta ile|postayla|göndermeyin|yollamayın
istemiyorum
오류|잘못|수정|변경|다른|사망|취소|탈퇴|영수증|우편|마세요|말아|필요 ?없
間違|誤り|変更|訂正|別の|死亡|亡くな|削除|領収|停止|郵送|紙の|違って|(?:送ら|送信し)ないで|不要
错误|錯誤|更改|修改|更正|别的|別的|另一个|去世|删除|刪除|发票|發票|退订|退訂|邮寄|郵寄|写错|寫錯|不要
(?:别|勿)(?:再|发|寄)
خطأ|تصحيح|تغيير|بريد آخر|توفي|فاتورة|حذف|بالبريد العادي|لا ترسل|لا أريد
"""

# "Not" is said in a request of what did not come, and of what cannot be found.
NOT = """
not no never cannot can't don't didn't haven't hasn't isn't doesn't couldn't wasn't won't without nor none
nothing
nicht kein keine keinen nie ne pas jamais nunca non mai não niet geen nooit nie не нет değil 못 않* لم لا
"""
NOT_COME = """
get got gotten receive received receiving find found finding spam junk folder inbox
trash locate located see seen arrive arrived come came have
had download access reach retrieve know sure able longer yet email
recibí recibido encuentro encontrar llegó llegado llegó tengo recebi encontro chegou tenho reçu trouve
trouver arrivé
finde finden erhalten bekommen angekommen gefunden mehr da ricevuto trovo arrivato ontvangen vinden otrzymał*
dostał* znaleźć mogę получил* нашел нашёл пришел пришёл найти могу alamadım gelmedi 받지* 찾을* استلم أجد
"""

# What stands against something: it is heeded as "not" is.
BUT = """
but however although though pero sin* mas porém mais cependant toutefois aber jedoch allerdings ma però maar
echter
ale jednak но однако ama fakat ancak 하지만 그런데 لكن
"""

THANKS = """
thank thanks thx thankyou gracias obrigado obrigada merci danke dank grazie bedankt dankjewel dziękuję спасибо
teşekkür* sağol* 감사* شكرا
"""

# How a mail ends; below it stands who wrote it.
CLOSINGS = """
thank|thanks|thx|regards|best|kind|kindest|warm|warmest|sincerely|cheers|respectfully|yours
with (?:best|kind|many)
many thanks|saludos|atentamente|gracias|muchas gracias|un saludo|cordialmente|atenciosamente|obrigad[oa]
cordialement|merci|bien à vous|mit (?:freundlichen|besten|herzlichen)|viele grüße|vielen dank|danke|mfg|lg
beste grüße
cordiali saluti|grazie|distinti saluti|met vriendelijke|pozdrawiam|z poważaniem|dziękuję|с уважением|спасибо
saygılarımla|teşekkür|감사합니다|よろしく|ありがとう|谢谢|謝謝|شكرا
"""
