//! Letters and words that tell languages apart.

/// Languages that a declaration may name, by writing.
pub(super) const LATIN: &str = "af az bs ca cs cy da de en es et eu fi fr ga gl hr hu id is it kk ku lt lv ms nb nl nn no pl pt \
    ro sk sl so sq sr sv sw tk tl tr uz vi";
pub(super) const CYRILLIC: &str = "az be bg kk ky mk mn ru sr tg tk tt uk uz";
pub(super) const ARABIC: &str = "ar az ckb fa ku ps sd ug ur";
pub(super) const HINDI_LIKE: &str = "hi mr ne sa";

/// The most common language of each writing: wins where nothing else is known.
pub(super) const MOST_COMMON: &[&str] = &["en", "ru", "ar"];

/// The letters beside ASCII, or beside the common ones of the script, that each language uses.
/// A letter speaks for all that have it, and so against those that lack it.
pub(super) const LETTERS: &[(&str, &str)] = &[
    ("az", "qxçəğıöşü"),
    ("tr", "çğıöşüâîû"),
    ("de", "wxäöüß"),
    ("fr", "qxwàâæçéèêëîïôœùûüÿ"),
    ("es", "qxáéíñóúü¿¡"),
    ("pt", "qxáâãàçéêíóôõú"),
    ("it", "qàèéìòù"),
    ("nl", "wxëïéèü"),
    ("sv", "åäöé"),
    ("fi", "äö"),
    ("da", "æøåé"),
    ("nb", "æøåé"),
    ("is", "áðéíóúýþæö"),
    ("pl", "wąćęłńóśźż"),
    ("cs", "áčďéěíňóřšťúůýž"),
    ("sk", "áäčďéíĺľňóôŕšťúýž"),
    ("hr", "čćđšž"),
    ("sl", "čšž"),
    ("hu", "áéíóöőúüű"),
    ("ro", "ăâîșțşţ"),
    ("lv", "āčēģīķļņšūž"),
    ("lt", "ąčęėįšųūž"),
    ("et", "äöõüšž"),
    ("sq", "qxëç"),
    ("ca", "qxàçéèíïóòúü"),
    ("tk", "wäçňöşüýž"),
    ("ku", "qxwçêîşû"),
    ("vi", "qxáàảãạăâđéèêíìóòôơúùưýấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ"),
    ("en", "qxw"),
    ("id", "w"),
    ("ms", "w"),
    ("ru", "ыэёъ"),
    ("uk", "їєґі"),
    ("be", "ўіыэё"),
    ("kk", "әқңұғүөһіыэё"),
    ("ky", "өүңыэё"),
    ("tg", "ҷӣӯқҳғёэ"),
    ("uz", "qxwўқғҳёэ"),
    ("mk", "ѓќѕљњџј"),
    ("sr", "љњђћџј"),
    ("bg", "ъ"),
    ("mn", "өүыэё"),
    ("tt", "әөүҗңһыэ"),
    ("ar", "ةىيكأإؤئ"),
    ("fa", "ئأؤپچژگکی"),
    ("ur", "ئؤپچژگکیٹڈڑںےہھ"),
    ("ckb", "پچژگکیۆێڕڵە"),
    ("ps", "پچژگکیښځڅړڼ"),
    ("ug", "پچژگكېۇۆۈە"),
];

/// Characters that only Japanese, or only Chinese, writes in this form.
pub(super) const JAPANESE_HAN: &str = "対経済発駅県気帰広訳両価囲売変応戦権検験観関労毎総沢浜辺団拠択拡桜歳続聴読譲豊転軽\
    鉄銭険雑顔駆黒齢込働歩";
pub(super) const CHINESE_HAN: &str =
    "们这对经济发访问与关时间议长东乐业际签谈举办总统为从说个进开设华车书习记论还将两塞疆";

/// Words that tell languages of one writing apart in short titles: small ones, those of the
/// news, endings (`-ung`) and beginnings (`sch-`).
pub(super) const WORDS: &[(&str, &str)] = &[
    (
        "en",
        "-er -ers -ial -al -ic -ive -able -est -ance -ence -y -ays -ll -ch -sh -th -ow \
        -ck -nd -rk \
        the of and to in for on with at is by from as an be are was will has have its it \
        new says said after over into not who how why what more than their his her our we us \
        this that first two year years day up out about between against amid under before \
        during meets signs talks visit agreement minister president ambassador government \
        company world city state people trade energy bank police opens university council \
        water school market plan deal sees calls set get make help back top home -ing -tion \
        -ment -ness -ally -ous -ship -ty -ed -ers -ght -ies -'s th- wh- sh-",
    ),
    (
        "de",
        "-en -ern -eln -ei -nd -rt -st -te -em -los -bar -ig -igen -ige -sam -in -innen \
        japans botschafterin ehrt feiert bekommt gewinnt holt sucht zeigt hilft setzt \
        macht gibt lernt reist wächst steigt sinkt liefert baut kauft investiert \
        vereinbart gemeinsame gemeinsamer deutsche deutscher deutschland millionen euro \
        prozent welt woche abend kinder schule schüler menschen leben hilfe energie öl \
        wasser kultur kunst musik wettbewerb spiel sieg weltmeister jahrhundert streit \
        weg ende erste erster erstes ersten zwei drei vier kein keine ihre ihr seine \
        sein dass wenn warum was wer so ab je \
        der die das und in für im auf mit von zu des den dem ein eine einen einem einer \
        nach vor wird sich ist sind am an aus bei beim über unter zum zur als auch nicht noch \
        wie will soll mehr hat haben werden wurde neue neuer neues neuen gegen zwischen durch \
        ohne um bis seit jahr jahre jahren uhr tag stadt land bund wegen gemeinsam trifft \
        besucht kommt geht steht bringt startet eröffnet plant fordert warnt regierung \
        minister botschafter botschaft wirtschaft unternehmen vertrag handel zusammenarbeit \
        -ung -ungen -keit -heit -lich -liche -lichen -isch -ische -ischen -ischer -schaft \
        -stadt -haus -ieren -iert -tag -chen -cht -eit -tz -mus -uhr -enz -itz -rch sch- ver- \
        ge- zw- schw- aus- vor- ein- über- unter- zusammen- gegen- schl- geb- bundes- \
        wirtschafts- zei-",
    ),
    (
        "fr",
        "le la les des du de et à en pour un une sur dans au aux avec par est sont qui que \
        ne pas plus son sa ses leur entre après avant contre sous l' d' cette ce ces nouveau \
        nouvelle président ministre ambassadeur pays ville accord visite gouvernement \
        entreprise année ans -tion -ment -eux -euse -ique -iques -aise -ais -ence -ure -aux \
        -ée -ées -ité -eur l'- d'- qu'-",
    ),
    (
        "es",
        "el la los las de del y en para un una con por su al es son que no más se lo como \
        entre tras sobre sus desde hasta contra este esta año años nuevo nueva presidente \
        ministro embajador país ciudad acuerdo visita gobierno empresa mundo -ción -ciones \
        -dad -dades -ado -ada -ados -miento -ez -ía -ista -illa -mente -ó",
    ),
    (
        "it",
        "il lo la i gli le di del della dei delle degli e è in per un una con nel nella \
        alla al allo dal dalla tra fra sul sulla che non più si come suo sua ha sono anno \
        anni nuovo nuova presidente ministro ambasciatore paese città accordo visita governo \
        azienda mondo -zione -zioni -mento -ità -ato -ata -iano -iana -ese -esi -etto -ello \
        -ggi -gli -ente -enza l'- dell'- all'- nell'-",
    ),
    (
        "pt",
        "o os a as de do da dos das e em para um uma com no na nos nas ao por que não mais \
        se entre após sobre seu sua é são como ano anos novo nova presidente ministro \
        embaixador país cidade acordo visita governo empresa mundo -ção -ções -dade -mento \
        -ado -ada -ês -ense -inho -ões -ão",
    ),
    (
        "nl",
        "-en -er -s -te -ten -den -t \
        de het een en van voor met op in te naar zijn over bij uit aan door is niet om \
        als ook meer na wordt worden heeft tussen tegen nieuwe nieuw jaar jaren dag stad land \
        regering minister ambassadeur bedrijf overeenkomst bezoek wereld -ing -ingen -heid \
        -lijk -lijke -sche -isch -aan -aar -ijk -ijn -oor -eel -ij -uur -ee ij- ge- ver- sch-",
    ),
    (
        "pl",
        "w z i na do o się po dla oraz za od przez nie jest są jak że ze pod nad między \
        przed lat rok roku nowy nowa nowe prezydent minister ambasador kraj miasto umowa \
        wizyta rząd firma -ego -ych -ów -ość -ości -nie -ania -owy -owa -ski -ska -skie \
        -skiego -cji -cja prz- wsp-",
    ),
    (
        "tr",
        "japon- azerb- tokyo tokyo'da pazar pazarı futbolcu oyuncu sinema zirve zirvesi \
        olimpiyat judo şampiyon takım takımı milli turnuva ödül ödülü fabrika \
        konferans konferansı otomobil otobüs ekim kasım aralık ocak şubat nisan \
        haziran temmuz ağustos eylül ofisi bugün yarın bütün tüm artık hala alıyor \
        veriyor açıklandı açıkladı belli uyarı uyarısı mi mı -acağı -ıldığı -larla \
        -lerle -ıyla -iyle \
        devlet şehir köy petrol doğal gaz proje projesi yatırım kitap kitabı sanat \
        müzik spor kulübü maç çocuk çocuklar kadın kadınlar genç gençler altın polis \
        deprem hava fiyat fiyatı fiyatları şampiyonası hafta ay sayısı işçi sağlık \
        hastane belediye belediyesi rusya ermenistan avrupa abd etkinlik etkinliği \
        festivali dili kursu merkezi alanında tarafından kez artış bankası vakfı \
        milletvekili resim konser açılışı olacak verildi alındı oluyor neden nasıl \
        nedir dünyanın ülkenin kentte ilçesinde -ını \
        ve ile için bir bu da de yeni olarak sonra göre daha oldu olan çok en var yok \
        kadar gibi ise ancak ilk iki üç yıl yılı yılında gün günü bakan bakanı bakanlığı \
        başkan başkanı cumhurbaşkanı büyükelçi büyükelçisi büyükelçiliği büyükelçiliğinden \
        dışişleri ülke ülkeler dünya şirket şirketi üniversitesi üniversite iş birliği \
        işbirliği anlaşma anlaşması ziyaret ziyareti görüştü buluştu açıldı açtı başladı \
        başlıyor etti edildi edecek yapıldı yaptı imzalandı imzaladı aldı verdi geldi gitti \
        oluyor ediyor düzenlendi düzenlenecek tanıtıldı sergi sergisi arasında karşı türkiye \
        türk ticaret ticareti kültür ekonomi eğitim öğrenci öğrenciler okul milyon milyar \
        lira heyet heyeti toplantı toplantısı tarihi büyük küçük güçlü kapsamında konusunda \
        hakkında japonya japon azerbaycan bakü'de bakü -yor -ıyor -iyor -uyor -üyor -mış -miş \
        -muş -müş -acak -ecek -dı -di -tı -ti -du -dü -tu -tü -ması -mesi -ları -leri -lık \
        -lik -luk -lük -ında -inde -ından -inden -sında -sinde -dığı -diği -ğı -ği -'da -'de \
        -'ta -'te -'dan -'den -'ya -'ye -'nin -'nın -'nun -'in -'ın -'a -'e -ildi -ıldı -andı \
        -endi",
    ),
    (
        "az",
        "yapon- azərb- bakıdan bakıya tokio tokioda tokionun bazar bazarı futbolçu \
        oyunçu kino sammit sammiti olimpiya cüdo çempion çempionu komanda komandası \
        yığma millisi turnir turniri mükafat mükafatı zavod zavodu konfrans konfransı \
        alimlər avtomobil avtobus oktyabr noyabr dekabr yanvar fevral aprel aprelin \
        iyun iyul avqust sentyabr ofisi konsul olunur edir edilir alır verir artır \
        açır keçir aparır qalıb məlumat barədə sabah bütün artıq hələ -yır -yir -yur \
        -yür -lır -lir -nır -nir -ilir -ayıb -çısı -acağı -mağa -maqla -ıblar -iblər \
        -ublar \
        q- dövlət milli neft qaz layihə layihəsi üzvü şəhər şəhəri rayon rayonu \
        rayonunda kənd xarici xalq yaxın müasir yarış çempionat çempionatı qızıl gənc \
        gənclər uşaq uşaqlar qadın kitab kitabı incəsənət musiqi teatr yazıçı idman \
        klub oyun aparılıb aparıb rusiya ermənistan avropa abş tədbir tədbiri festivalı \
        yapon dili kursu mərkəzi sahəsində çərçivəsində tərəfindən ilk dəfə qiymət \
        qiymətləri artım bankı fondu deputat rəsm konsert açılışı olacaq verilib alınıb \
        -ını -inin -lik \
        və ve ilə ile üçün ucun bir bu yeni olub edib edilib olunub haqqında üzrə \
        arasında ən daha sonra görə olan çox var yox qədər kimi isə ilk iki üç il ili ilində \
        gün günü nazir naziri nazirliyi nazirliyinin prezident prezidenti səfir səfiri sefiri \
        səfirliyi ölkə ölkələr dünya şirkət şirkəti universiteti universitet əməkdaşlıq \
        əməkdaşlığı saziş sazişi müqavilə səfər səfəri görüşüb görüş görüşü açılıb başlayıb \
        başlanıb keçirilib keçirildi keçiriləcək imzalanıb imzaladı alıb verib gəlib gedib \
        edəcək olacaq olunacaq təşkil təqdim iştirak qəbul sərgi sərgisi qarşı türkiyə \
        ticarət mədəniyyət iqtisadi iqtisadiyyat təhsil tələbə tələbələr məktəb milyon \
        milyard manat dollar nümayəndə heyəti böyük kiçik güclü azərbaycan azərbaycanda \
        azərbaycanın bakı bakıda bakının yaponiya yaponiyanın yaponiyada yapon müzakirə baş \
        nin hesab artıb azalıb yenidən həyata məclis birgə -ıb -ib -ub -üb -yıb -yib -lıq \
        -luq -maq -acaq -dır -dir -dur -dür -lər -lar -ları -ləri -ında -ində -ından -indən \
        -nın -nin -nun -nün -də -dən -ya -iya -iyası -iyanın -iyada -iyaya -sı -sinin -sının \
        -lıb -nıb -rıb -dıb -tıb -lub -nub -rub -ışıb -uşub -ılıb -unub -iyyat -çılıq -ıq -uq \
        -aq x-",
    ),
    (
        "cs",
        "v a na s se do pro za o z je si po od ve ze k při jako jeho který bude byl nový \
        nová rok roku prezident ministr velvyslanec -ého -ích -ost -ský -ská -ské -ení -ání \
        -ových",
    ),
    (
        "sk",
        "v a na s sa do pre za o z je si po od vo zo k pri ako jeho ktorý bude bol nový \
        nová rok roku prezident minister -ého -ých -osť -ský -ská -ské -enie -anie",
    ),
    (
        "hr",
        "u i na s se za o iz je su od do po kao koji nakon biti bit će novi nova godine \
        predsjednik ministar -ije -anja -enja -ski -ska -sko -stvo -ih -im",
    ),
    (
        "sr",
        "u i na s se za o iz je su od do po kao koji posle biće novi nova godine \
        predsednik ministar -anja -enja -ski -ska -sko -stvo -ih -im у и на с се за о из је \
        су од до по као који после нови године председник министар -ња -ски -ска",
    ),
    (
        "sv",
        "och i på för av med till en ett som är om från efter mellan mot ny nya nytt år \
        ska har inte det den de president minister ambassadör -ning -ningen -het -isk -iska \
        -ande -ar -or -ade -lig -liga -erna",
    ),
    (
        "da",
        "og i på for af med til en et som er om fra efter mellem mod ny nye nyt år skal \
        har ikke det den de præsident minister -ing -ning -hed -isk -iske -ende -ede -lig \
        -lige -erne",
    ),
    (
        "nb",
        "og i på for av med til en et som er om fra etter mellom mot ny nye nytt år skal \
        har ikke det den de president minister -ing -ning -het -isk -iske -ende -ede -lig \
        -lige -ene",
    ),
    (
        "fi",
        "ja on ei se että kun myös tai oli ovat mukaan kanssa uusi uuden vuoden vuonna \
        presidentti ministeri suurlähettiläs suomen -ssa -ssä -sta -stä -lla -llä -lle -lta \
        -ltä -inen -isen -ista -aan -een -iin -uus -yys -tti -nut -vat -ksi -tiin -mme",
    ),
    (
        "id",
        "di dan yang ke dari untuk dengan pada ini itu dalam akan tidak oleh sebagai \
        antara baru tahun hari presiden menteri duta besar negara kota kerja sama perusahaan \
        pemerintah -kan -nya -annya ber- meng- mem- men- ter- peng- pem- per- ke- kerja-",
    ),
    (
        "ms",
        "di dan yang ke dari untuk dengan pada ini itu dalam akan tidak oleh sebagai \
        antara baharu tahun hari presiden menteri duta negara bandar kerjasama syarikat \
        kerajaan perdana ialah -kan -nya ber- meng- mem- men- ter- peng- pem-",
    ),
    (
        "ro",
        "și în la cu pe de din pentru un o care a al ale lui este sunt cel mai prin între \
        după nou noua anul ani președintele ministrul ambasadorul țara orașul -ului -lor \
        -elor -ilor -area -iei -ția -ție -ții -ează -esc -ească -ii",
    ),
    (
        "hu",
        "a az és egy hogy nem is meg már csak még vagy volt lesz ezt azt új magyar elnök \
        miniszter nagykövet év éves -ban -ben -nak -nek -val -vel -ság -ség -tól -től -hoz \
        -hez -ról -ről -ból -ből -ás -és -ott -ett -ék -unk",
    ),
    (
        "uz",
        "va bilan uchun bu bir haqida yangi bo'yicha bo'lib o'tdi o'zbekiston prezidenti \
        vaziri elchisi yil kuni ham qildi etdi tashkil muzokara hamkorlik davlat o'rtasida \
        -lar -lari -ning -dan -gan -lik -moqda -ladi -ishi -chi -iy -digi o'- g'- бўйича \
        билан учун ва ҳақида янги",
    ),
    (
        "tk",
        "we bilen üçin bir bu täze hakynda prezidenti ministri ýyl -lar -ler -yň -iň -dy \
        -di -dyr -lygy",
    ),
    (
        "vi",
        "và của các cho trong với là được tại về có không một những người năm ngày từ đến \
        ra",
    ),
    (
        "sq",
        "dhe në të e për me nga një si do është nuk më pas presidenti ministri -it -ës -ve \
        -shme",
    ),
    ("lt", "ir į iš su dėl už per apie kad bus nuo naujas metų -as -is -os -ių -ais -imas"),
    ("lv", "un ar no uz par pie kas ir bez pēc jauns gada -as -is -iem -šana -ību"),
    ("et", "ja on ei see et kui ka või oli uus aasta president -sse -st -ga -le -des -mine"),
    (
        "sl",
        "in v na s se za o iz je so od do po kot ki bo novi nova leta predsednik minister \
        -ega -ih -anje -enje -ski -ska",
    ),
    (
        "ca",
        "el la els les de del i en per un una amb que no és són més al dels entre nou nova \
        -ció -ment -tat -ats",
    ),
    ("sw", "na ya wa kwa katika ni la za cha rais waziri nchi serikali"),
    ("tl", "ang ng sa mga at na para ni kay ay pangulo"),
    ("ku", "û li ji bi di ku ya yê re de ye"),
    (
        "kk",
        "және мен туралы үшін бір жаңа болды бойынша президент министр елші арасында \
        қазақстан -ды -ді -ты -ті -ның -нің -дың -дің -лар -лер -дар -дер -тар -тер -ған -ген \
        -қан -мен -да -де -ға -ге",
    ),
    (
        "ky",
        "жана менен тууралуу үчүн бир жаңы болду боюнча президент министр -ды -ын -нын \
        -лар -лер -ган -ген",
    ),
    (
        "ru",
        "-ой -ей -ии -ов -ев -ться -ли -ла -тель -ка -ке -ку -ую -ях -ах -ом -ем мы он \
        она они всё все уже может который которая лет день город города городе \
        в и на с о по для из не к что от за до со при во об обсудили обсудил встретился \
        встретилась прошел прошла прошло году года лет новый новая новые новое будет стал \
        стала как это или его их более между после под над через президент министр посол \
        посольство страны страна город компания университет правительство глава заявил \
        рассказал подписали открыли открылась открылся провели -ский -ская -ского -ской -ские \
        -ских -ение -ения -ании -ания -ание -ость -ости -ого -его -ых -их -ым -ами -ями -ился \
        -лась -лись -ции -ция -ется -ится -тся -ет -ют -ый -ая -ое -ые",
    ),
    (
        "uk",
        "в у і й на з та про до за від не що як для із зі під час після між над через по \
        при щодо буде став року рік років новий нова нові президент міністр посол посольство \
        країни країна місто компанія університет уряд заявив розповів підписали відкрили \
        обговорили зустрівся зустрілися -ський -ська -ського -ської -ські -ських -ння -ення \
        -ання -ість -ості -ого -их -ій -ами -ями -вся -лися -ції -ція -ться -ити -ати",
    ),
    (
        "be",
        "ў і на з па да за не што як для аб ад пры года новы прэзідэнт міністр -скі -ская \
        -скага -ння -цца -ць",
    ),
    (
        "bg",
        "в и на с за от се да по към е са не при до след между ще или като си това нов \
        нова нови година президентът министърът посланик -ът -ят -ата -ите -ото -ски -ска \
        -ване",
    ),
    ("mk", "и во на со за од се да по е не при до меѓу ќе како нов година -от -ата -ите -ски"),
    ("tg", "ва дар аз бо ба барои ки президенти вазири -ҳои -аи"),
    ("mn", "ба нь энэ байна болон тухай шинэ -ийн -ын -ийг -тай"),
    ("tt", "һәм белән турында өчен бер яңа -лар -ләр -ның -нең"),
    (
        "fa",
        "رهبر قهرمانی باشگاه جام ورزشی دانشجویان استان استاندار سرمایه‌گذاری گردشگری \
        فرهنگی صنعت صادرات واردات بازرگانی تجاری راه بندر خط پیام تبریک زبان آموزش هنر \
        هنری موسیقی غذا رستوران فرش باغ زلزله هشدار نظر پاسخ چرا چگونه چیست همه هیچ بیش \
        حضور داد دارد دارند بود است \
        در به از با را برای که این آن یک دو تا بر است شد شده کرد کرده می نمی خواهد شود \
        می‌شود می‌کند های هم پس پیش میان سه نیز باید اما اگر هر چه کشور شهر سال روز دولت \
        نخست‌وزیر همکاری اقتصادی آغاز برگزار دیدار گفتگو گفت‌وگو گفت ایران تهران ژاپن ژاپنی \
        جمهوری آذربایجان باکو سفیر وزیر رئیس‌جمهور رئیس معاون نماینده بازدید افتتاح توسعه بین \
        مردم خبر جهان تازه جدید ایرانی نخستین دومین سفر امضا تفاهم‌نامه قرارداد شرکت دانشگاه \
        مدرسه شورای شورا وزارت خارجه انرژی نفت گاز فروش خرید قیمت بازار تیم فیلم جشنواره \
        نمایشگاه می- نمی- -ها -های -هایی -ان -ترین -گی -ند -دند -ستان -گاه -نامه -شود -کند \
        -ین",
    ),
    (
        "ar",
        "في من على مع إلى عن بين بعد قبل هذا هذه التي الذي أن إن لا ما أو ثم حول ضد خلال \
        عبر منذ نحو كل غير وزير رئيس سفير يبحث يلتقي يزور يستقبل توقع يوقع بحث اتفاقية مذكرة \
        تعاون عام يوم دولة مدينة شركة جامعة أكثر أول جديد جديدة ال- وال- بال- لل- كال- فال- \
        -ية -ات -ين -ون -ها -هم",
    ),
    (
        "ur",
        "کے کی کا میں سے نے کو ہے ہیں پر اور کر گیا گئی ہو اس یہ وہ بھی تک ایک لیے ساتھ \
        دورہ وزیراعظم صدر ملاقات سفیر پاکستان نہیں تھا تھی -وں -یں",
    ),
    ("ckb", "لە بۆ و بە لەگەڵ ئەم سەرۆکی -ەکان -ەوە"),
    ("ps", "په د او له چې ته سره کې دی ده افغانستان"),
    ("ug", "ۋە بىلەن ئۈچۈن بىر"),
];

/// The languages that the statistics know and that we meet.
pub(super) const CODES: &[(whatlang::Lang, &str)] = {
    use whatlang::Lang;
    &[
        (Lang::Ara, "ar"),
        (Lang::Aze, "az"),
        (Lang::Bel, "be"),
        (Lang::Bul, "bg"),
        (Lang::Cat, "ca"),
        (Lang::Ces, "cs"),
        (Lang::Dan, "da"),
        (Lang::Deu, "de"),
        (Lang::Eng, "en"),
        (Lang::Spa, "es"),
        (Lang::Est, "et"),
        (Lang::Fin, "fi"),
        (Lang::Fra, "fr"),
        (Lang::Hrv, "hr"),
        (Lang::Hun, "hu"),
        (Lang::Ind, "id"),
        (Lang::Ita, "it"),
        (Lang::Lit, "lt"),
        (Lang::Lav, "lv"),
        (Lang::Mkd, "mk"),
        (Lang::Nld, "nl"),
        (Lang::Nob, "nb"),
        (Lang::Pes, "fa"),
        (Lang::Pol, "pl"),
        (Lang::Por, "pt"),
        (Lang::Ron, "ro"),
        (Lang::Rus, "ru"),
        (Lang::Slk, "sk"),
        (Lang::Slv, "sl"),
        (Lang::Srp, "sr"),
        (Lang::Swe, "sv"),
        (Lang::Tur, "tr"),
        (Lang::Tuk, "tk"),
        (Lang::Ukr, "uk"),
        (Lang::Urd, "ur"),
        (Lang::Uzb, "uz"),
        (Lang::Vie, "vi"),
    ]
};
