//! What pages say in place of an article, in many languages.
//!
//! All in lower case, parted by bars, one language after the other. Only words that speak to the
//! visitor: an article about cookies, captchas or subscriptions speaks of them.

/// A visitor is asked to let himself be followed.
pub(super) const CONSENT: &str = "\
    we use cookies|we and our|our partners|accept all|reject all|manage options|\
    manage preferences|manage settings|manage choices|withdraw your consent|change your mind|\
    your privacy choices|we value your privacy|we care about your privacy|before you continue|\
    give your consent|give us your consent|wir verwenden cookies|wir nutzen cookies|\
    wir und unsere|unsere partner|unseren partnern|unserer partner|alle akzeptieren|\
    alle ablehnen|alles akzeptieren|akzeptieren und weiter|zustimmen und weiter|\
    einwilligen und weiter|ihre einwilligung|ihre zustimmung|mit werbung weiter|\
    mit werbung lesen|einstellungen verwalten|ihre privatsphäre|nous utilisons des cookies|\
    nous et nos|nos partenaires|tout accepter|tout refuser|accepter et continuer|\
    continuer sans accepter|accepter et fermer|votre consentement|votre vie privée|vos choix|\
    paramétrer les cookies|gérer mes choix|nous respectons votre|utilizamos cookies|\
    usamos cookies|nosotros y nuestros|nuestros socios|aceptar todo|rechazar todo|\
    aceptar y continuar|tu consentimiento|su consentimiento|tu privacidad|su privacidad|\
    nós e os nossos|nossos parceiros|aceitar tudo|rejeitar tudo|o seu consentimento|\
    sua privacidade|utilizziamo i cookie|noi e i nostri|i nostri partner|nostri partner|\
    accetta tutto|rifiuta tutto|accetta e continua|continua senza accettare|il tuo consenso|\
    la tua privacy|gestisci le preferenze|wij gebruiken cookies|we gebruiken cookies|\
    onze partners|alles accepteren|alles weigeren|uw toestemming|je toestemming|jouw privacy|\
    używamy plików cookie|nasi partnerzy|naszych partnerów|akceptuję wszystko|\
    zaakceptuj wszystko|wyrażam zgodę|twoja prywatność|naši partneři|přijmout vše|váš souhlas|\
    vi använder cookies|våra partner|acceptera alla|ditt samtycke|мы используем файлы cookie|\
    мы используем cookie|мы используем куки|мы и наши|наши партнёры|наши партнеры|\
    нашими партнёрами|нашими партнерами|принять все|принять всё|отклонить все|отклонить всё|\
    я согласен|ваше согласие|вашу конфиденциальность|настроить cookie|\
    ми використовуємо файли cookie|ми та наші|прийняти всі|прийняти все|вашу згоду|\
    kukilərdən istifadə edirik|kuki fayllarından istifadə edirik|cookie-lərdən istifadə edirik|\
    tərəfdaşlarımız|hamısını qəbul et|hamısını rədd et|razıyam|razılığınızı|\
    çerezleri kullanıyoruz|çerez kullanıyoruz|çerezler kullanıyoruz|iş ortaklarımız|ortaklarımız|\
    tümünü kabul et|hepsini kabul et|tümünü reddet|kabul ediyorum|onayınızı|gizliliğiniz|\
    χρησιμοποιούμε cookies|οι συνεργάτες μας|αποδοχή όλων|απόρριψη όλων|τη συγκατάθεσή σας|\
    cookieを使用します|cookieを使用しています|クッキーを使用しています|当社とパートナー|当社および当社の|すべて同意|すべて許可|すべて受け入れる|同意する|同意しない|\
    プライバシー設定|お客様の同意|すべて拒否|我们使用cookie|我们使用 cookie|我们和我们的|我们的合作伙伴|全部接受|接受所有|全部拒绝|您的隐私|您的同意|\
    我們使用cookie|我們使用 cookie|我們的合作夥伴|您的隱私|쿠키를 사용합니다|당사와 파트너|파트너사|모두 동의|모두 수락|모두 허용|모두 거부|귀하의 동의|\
    نستخدم ملفات تعريف الارتباط|نحن وشركاؤنا|شركاؤنا|شركائنا|قبول الكل|موافقتك|خصوصيتك|رفض الكل|\
    ما از کوکی|شرکای ما|پذیرش همه|رضایت شما|حریم خصوصی شما|אנו משתמשים בעוגיות|השותפים שלנו|\
    קבל הכל";

/// The rest is for those who pay or sign in.
pub(super) const PAYWALL: &str = "\
    to continue reading|to keep reading|to read the full article|to read the rest|\
    to read the full story|already a subscriber|already a member?|already have an account?|\
    subscribe to read|subscribe now to|this article is for subscribers|\
    this article is reserved for|this content is for subscribers|for subscribers only|\
    subscriber-only content|subscriber exclusive|unlock this article|free articles left|\
    register to read|sign in to read|log in to read|you have reached your limit|\
    start your free trial|become a member to|um weiterzulesen|jetzt weiterlesen|weiterlesen mit|\
    diesen artikel weiterlesen|nur für abonnenten|exklusiv für abonnenten|\
    sie sind bereits abonnent|bereits abonnent|bereits registriert?|jetzt abonnieren|probeabo|\
    jetzt testen|artikel freischalten|diesen artikel lesen sie|mit einem abo|réservé aux abonnés|\
    réservée aux abonnés|reste à lire|pour lire la suite|déjà abonné|abonnez-vous pour|\
    de cet article à lire|poursuivre votre lecture|pour continuer la lecture|para seguir leyendo|\
    para continuar leyendo|suscríbete para|ya eres suscriptor|exclusivo para suscriptores|\
    contenido exclusivo para|para continuar lendo|para continuar a ler|exclusivo para assinantes|\
    já é assinante|per continuare a leggere|contenuto riservato agli abbonati|\
    riservato agli abbonati|sei già abbonato|abbonati per|om verder te lezen|lees verder met|\
    al abonnee?|alleen voor abonnees|aby czytać dalej|dla subskrybentów|masz już prenumeratę|\
    för att läsa vidare|för att fortsätta läsa|redan prenumerant|чтобы продолжить чтение|\
    чтобы читать дальше|доступен только подписчикам|доступна только подписчикам|\
    доступно только подписчикам|доступен по подписке|доступна по подписке|только для подписчиков|\
    уже подписаны?|оформите подписку|полный текст доступен|полная версия доступна|\
    щоб продовжити читання|лише для передплатників|тільки для передплатників|\
    davamını oxumaq üçün|tam mətni oxumaq üçün|yalnız abunəçilər üçün|abunə olun və|\
    artıq abunəsiniz|devamını okumak için|okumaya devam etmek için|yalnızca aboneler|\
    sadece aboneler|abonelere özel|zaten abone misiniz|για να συνεχίσετε την ανάγνωση|\
    αποκλειστικά για συνδρομητές|この記事は有料|有料会員限定|会員限定記事|有料記事です|続きを読むには|続きは会員|続きは有料|続きをお読みいただくには|\
    残り文字|全文を読むには|ログインして続きを|会員登録すると続き|記事全文をお読み|订阅后阅读|订阅以继续阅读|登录后阅读全文|付费阅读|会员专享|成为会员阅读|訂閱後閱讀|\
    登入後繼續閱讀|付費會員|구독자 전용|계속 읽으려면|유료 회원|전체 기사를 읽으려면|로그인 후 이용|로그인 후 전체|لمتابعة القراءة|\
    للمشتركين فقط|اشترك لقراءة|برای ادامه مطالعه|ویژه مشترکان|برای خواندن ادامه|למנויים בלבד|\
    כדי להמשיך לקרוא";

/// A machine is suspected: titles, and what stands on the page.
pub(super) const CHALLENGE: &str = "\
    just a moment...|just a moment…|attention required!|checking your browser|\
    checking if the site connection is secure|verify you are human|verify you are a human|\
    verifying you are human|are you a robot|are you human?|confirm you are human|i'm not a robot|\
    i am not a robot|you are not a robot|you're not a robot|you are not a bot|press & hold|\
    press and hold to confirm|pardon our interruption|unusual traffic from your|\
    unusual activity from your|ddos protection by|ddos-guard|human verification|robot check|\
    security check to access|complete the security check|complete the captcha|solve the captcha|\
    enter the characters you see|request unsuccessful. incapsula|you have been blocked|\
    access to this page has been denied|you don't have permission to access|\
    why have i been blocked|the request could not be satisfied|sicherheitsüberprüfung|\
    sind sie ein roboter|sie kein roboter sind|bin kein roboter|ihr browser wird überprüft|\
    einen moment bitte|einen moment…|un instant…|vérification de sécurité|\
    vous n'êtes pas un robot|vous êtes un humain|je ne suis pas un robot|\
    vérification de votre navigateur|no eres un robot|no soy un robot|verifica que eres humano|\
    comprobando su navegador|un momento…|não sou um robô|não é um robô|um momento…|\
    non sono un robot|non sei un robot|verifica di essere umano|ik ben geen robot|\
    nie jestem robotem|nejsem robot|один момент…|проверка браузера|проверяем ваш браузер|\
    что вы не робот|я не робот|вы не робот|докажите, что вы человек|подтвердите, что вы человек|\
    проверка безопасности|доступ к сайту ограничен|ваш запрос заблокирован|зачекайте…|\
    що ви не робот|robot olmadığınızı|robot deyiləm|robot olmadığınızı təsdiq|\
    brauzeriniz yoxlanılır|bir an…|robot değilim|insan olduğunuzu doğrulayın|\
    tarayıcınız kontrol ediliyor|bir dakika lütfen…|insan olduğunuzu təsdiq|しばらくお待ちください...|\
    しばらくお待ちください…|あなたが人間であること|人間であることを確認|私はロボットではありません|ロボットではないこと|ブラウザを確認しています|セキュリティチェック|请稍候…|\
    请稍候...|安全验证|人机验证|人机身份验证|确认您是真人|您是真人|请完成验证|正在检查您的浏览器|請稍候…|確認您是真人|잠시만 기다리십시오…|로봇이 아닙니다|사람인지 확인|\
    보안 확인|자동입력 방지|أنا لست روبوت|لست برنامج روبوت|أنك إنسان|لحظة…|من ربات نیستم|ربات نیستید|\
    لطفاً صبر کنید…|לאמת שאתה אנושי|אני לא רובוט";

/// The text comes only with a program.
pub(super) const SCRIPT: &str = "\
    enable javascript|turn on javascript|javascript is disabled|javascript is required|\
    javascript to run this app|requires javascript|javascript must be enabled|\
    javascript is not enabled|javascript aktivieren|aktivieren sie javascript|\
    javascript ist deaktiviert|javascript ist in ihrem browser|activer javascript|\
    activez javascript|javascript est désactivé|habilitar javascript|habilite javascript|\
    habilita javascript|activar javascript|active javascript|activa javascript|\
    ative o javascript|abilitare javascript|abilita javascript|attivare javascript|\
    javascript inschakelen|schakel javascript in|włącz javascript|włączyć javascript|\
    povolte javascript|включите javascript|включить javascript|включён javascript|\
    включен javascript|отключен javascript|отключён javascript|увімкніть javascript|\
    javascript-i aktiv|javascripti aktiv|javascript-i aktivləşdir|javascript'i aktiv|\
    javascript'i etkinleştir|javascript etkinleştir|javascript'i açın|javascriptを有効|\
    javascript を有効|javascriptが無効|javascript が無効|启用javascript|启用 javascript|开启javascript|\
    啟用javascript|啟用 javascript|javascript를 활성화|javascript를 사용|자바스크립트를|تفعيل javascript|\
    تمكين javascript|تفعيل جافا|تمكين جافا|جاوا اسکریپت|جاوااسکریپت|javascript را فعال|\
    הפעל javascript";

/// Titles of pages that are not there although the server says so.
pub(super) const NOT_FOUND: &str = "\
    404|page not found|page doesn't exist|page does not exist|seite nicht gefunden|\
    seite wurde nicht gefunden|page introuvable|page non trouvée|página no encontrada|\
    página não encontrada|pagina non trovata|pagina niet gevonden|nie znaleziono strony|\
    stránka nenalezena|sidan hittades inte|страница не найдена|страница не существует|\
    сторінку не знайдено|səhifə tapılmadı|sayfa bulunamadı|η σελίδα δεν βρέθηκε|ページが見つかりません|\
    お探しのページは|页面不存在|页面未找到|找不到页面|找不到網頁|페이지를 찾을 수 없습니다|الصفحة غير موجودة|لم يتم العثور على الصفحة|\
    صفحه یافت نشد|صفحه مورد نظر|הדף לא נמצא";

/// Whether `text`, in lower case, holds one of `phrases`.
pub(super) fn says_one_of(text: &str, phrases: &str) -> bool {
    phrases.split('|').any(|phrase| text.contains(phrase))
}
