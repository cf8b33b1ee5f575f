//! Names of months, halves of days and zones.

/// How month names begin in the languages of feeds, in small letters: English, German, Dutch,
/// French, Spanish, Portuguese, Italian, Romanian, Scandinavian, Polish, Czech, Turkish,
/// Azerbaijani, Russian, Ukrainian, Greek, Georgian, Arabic, Persian.
const MONTHS: [&str; 12] = [
    "jan jän gen ene ian sty led oca yan янв січ ιαν იან يناير ژانویه",
    "feb fév fev lut úno şub фев лют φεβ თებ فبراير فوریه",
    "mar mär maa mrt bře мар бер μαρ მარ مارس",
    "apr ápr avr abr kwi dub nis апр кві απρ აპრ أبريل ابريل إبريل آوریل",
    "may mai maj máj mag mei kvě мая май тра μαΐ μάι μαϊ მაი مايو",
    "jun juin giu iun cze haz iyun июн чер ιουν ივნ يونيو ژوئن",
    "jul juil lug iul lip tem iyul июл лип ιουλ ივლ يوليو ژوئیه",
    "aug aoû aou ago sie srp ağu avq авг сер αυγ აგვ أغسطس اوت",
    "sep szep set wrz zář eyl sen сен вер σεπ სექ سبتمبر سپتامبر",
    "oct okt ott out paź říj eki окт жов οκτ ოქტ أكتوبر اکتبر",
    "nov noi lis kas noy ноя лис νοε νοέ ნოე نوفمبر نوامبر",
    "dec dez déc dic des gru pro ara dek дек гру δεκ დეკ ديسمبر دسامبر",
];

const ENGLISH: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// Week days that begin like a month: mardi, martes, martedì, marți, середа.
const NO_MONTHS: [&str; 4] = ["mardi", "marte", "marț", "серед"];

/// The month that `word` names, 1 to 12.
///
/// `mar` is March, or a Tuesday in Romance languages: see [`is_maybe_tuesday`].
pub(super) fn month(word: &str) -> Option<i8> {
    // By far the most frequent words of dates.
    if word.len() == 3 && word.is_ascii() {
        let is = |names: &[&str]| names.iter().position(|name| name.eq_ignore_ascii_case(word));
        if let Some(index) = is(&ENGLISH) {
            return i8::try_from(index + 1).ok();
        }
        if is(&DAYS).is_some() {
            return None;
        }
    }
    // Azerbaijani and Turkish capitals keep their dot when they become small.
    let word = word.to_lowercase().replace('\u{307}', "");
    if NO_MONTHS.iter().any(|day| word.starts_with(day)) {
        return None;
    }
    let is_month = |starts: &&str| starts.split(' ').any(|start| word.starts_with(start));
    let index = MONTHS.iter().position(is_month)?;
    i8::try_from(index + 1).ok()
}

/// Whether another word that names a month is to be believed instead.
pub(super) fn is_maybe_tuesday(word: &str) -> bool {
    word.trim_end_matches('.').eq_ignore_ascii_case("mar")
}

/// A half of the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Half {
    Morning,
    Afternoon,
}

/// The half of the day that `word` names.
pub(super) fn half(word: &str) -> Option<Half> {
    let is = |names: [&str; 5]| names.iter().any(|name| word.eq_ignore_ascii_case(name));
    if is(["am", "a.m.", "午前", "上午", "오전"]) {
        Some(Half::Morning)
    } else if is(["pm", "p.m.", "午後", "下午", "오후"]) {
        Some(Half::Afternoon)
    } else {
        None
    }
}

/// Names of zones by minutes east of UTC.
///
/// Where a name has several meanings, the one that feeds mean: IST is India's, BST Britain's,
/// AMT Armenia's, GST the Gulf's; CST, EST, MST, PST and AST are America's.
const ZONES: [(i32, &str); 33] = [
    (0, "z ut utc gmt wet"),
    (60, "bst west cet met wat mez"),
    (120, "cest mest mesz eet sast cat"),
    (180, "eest msk trt eat мск"),
    (210, "irst"),
    (240, "azt amt get gst samt msd"),
    (270, "irdt aft"),
    (300, "pkt uzt tmt tjt yekt azst almt"),
    (330, "ist slst"),
    (345, "npt"),
    (360, "bdt kgt omst"),
    (390, "mmt"),
    (420, "ict wib krat novt"),
    (480, "sgt hkt myt pht awst wita irkt"),
    (540, "jst kst wit yakt"),
    (570, "acst"),
    (600, "aest vlat"),
    (630, "acdt"),
    (660, "aedt"),
    (720, "nzst"),
    (780, "nzdt"),
    (-150, "ndt"),
    (-180, "brt art adt"),
    (-210, "nst"),
    (-240, "edt ast clt"),
    (-300, "est cdt cot pet"),
    (-360, "cst mdt"),
    (-420, "mst pdt"),
    (-480, "pst akdt"),
    (-540, "akst"),
    (-600, "hst"),
    // RFC 2822, 4.3: the letters of RFC 822 were meant in two ways and count as UTC.
    (0, "a b c d e f g h i k l m"),
    (0, "n o p q r s t u v w x y"),
];

/// Minutes east of UTC of a zone's name.
pub(super) fn zone(name: &str) -> Option<i32> {
    let name = name.to_lowercase();
    let is_named = |(_, names): &&(i32, &str)| names.split(' ').any(|it| it == name);
    ZONES.iter().find(is_named).map(|(minutes, _)| *minutes)
}
