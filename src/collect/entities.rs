//! Character references of HTML and XML, and what they stand for.

use std::collections::HashMap;
use std::sync::OnceLock;

/// The named characters of HTML 4 (24.2 to 24.4) but for those that XML knows itself: what
/// publishers use. XML parsers know none of them.
const NAMED: &str = "\
    nbsp=\u{a0} iexcl=¡ cent=¢ pound=£ curren=¤ yen=¥ brvbar=¦ sect=§ uml=¨ copy=© ordf=ª \
    laquo=« not=¬ shy=\u{ad} reg=® macr=¯ deg=° plusmn=± sup2=² sup3=³ acute=´ micro=µ para=¶ \
    middot=· cedil=¸ sup1=¹ ordm=º raquo=» frac14=¼ frac12=½ frac34=¾ iquest=¿ Agrave=À Aacute=Á \
    Acirc=Â Atilde=Ã Auml=Ä Aring=Å AElig=Æ Ccedil=Ç Egrave=È Eacute=É Ecirc=Ê Euml=Ë Igrave=Ì \
    Iacute=Í Icirc=Î Iuml=Ï ETH=Ð Ntilde=Ñ Ograve=Ò Oacute=Ó Ocirc=Ô Otilde=Õ Ouml=Ö times=× \
    Oslash=Ø Ugrave=Ù Uacute=Ú Ucirc=Û Uuml=Ü Yacute=Ý THORN=Þ szlig=ß agrave=à aacute=á acirc=â \
    atilde=ã auml=ä aring=å aelig=æ ccedil=ç egrave=è eacute=é ecirc=ê euml=ë igrave=ì iacute=í \
    icirc=î iuml=ï eth=ð ntilde=ñ ograve=ò oacute=ó ocirc=ô otilde=õ ouml=ö divide=÷ oslash=ø \
    ugrave=ù uacute=ú ucirc=û uuml=ü yacute=ý thorn=þ yuml=ÿ OElig=Œ oelig=œ Scaron=Š scaron=š \
    Yuml=Ÿ fnof=ƒ circ=ˆ tilde=˜ Alpha=Α Beta=Β Gamma=Γ Delta=Δ Epsilon=Ε Zeta=Ζ Eta=Η Theta=Θ \
    Iota=Ι Kappa=Κ Lambda=Λ Mu=Μ Nu=Ν Xi=Ξ Omicron=Ο Pi=Π Rho=Ρ Sigma=Σ Tau=Τ Upsilon=Υ Phi=Φ \
    Chi=Χ Psi=Ψ Omega=Ω alpha=α beta=β gamma=γ delta=δ epsilon=ε zeta=ζ eta=η theta=θ iota=ι \
    kappa=κ lambda=λ mu=μ nu=ν xi=ξ omicron=ο pi=π rho=ρ sigmaf=ς sigma=σ tau=τ upsilon=υ phi=φ \
    chi=χ psi=ψ omega=ω thetasym=ϑ upsih=ϒ piv=ϖ ensp=\u{2002} emsp=\u{2003} thinsp=\u{2009} \
    zwnj=\u{200c} zwj=\u{200d} lrm=\u{200e} rlm=\u{200f} ndash=– mdash=— lsquo=‘ rsquo=’ sbquo=‚ \
    ldquo=“ rdquo=” bdquo=„ dagger=† Dagger=‡ bull=• hellip=… permil=‰ prime=′ Prime=″ lsaquo=‹ \
    rsaquo=› oline=‾ frasl=⁄ euro=€ image=ℑ weierp=℘ real=ℜ trade=™ alefsym=ℵ larr=← uarr=↑ \
    rarr=→ darr=↓ harr=↔ crarr=↵ lArr=⇐ uArr=⇑ rArr=⇒ dArr=⇓ hArr=⇔ forall=∀ part=∂ exist=∃ \
    empty=∅ nabla=∇ isin=∈ notin=∉ ni=∋ prod=∏ sum=∑ minus=− lowast=∗ radic=√ prop=∝ infin=∞ \
    ang=∠ and=∧ or=∨ cap=∩ cup=∪ int=∫ there4=∴ sim=∼ cong=≅ asymp=≈ ne=≠ equiv=≡ le=≤ ge=≥ \
    sub=⊂ sup=⊃ nsub=⊄ sube=⊆ supe=⊇ oplus=⊕ otimes=⊗ perp=⊥ sdot=⋅ lceil=⌈ rceil=⌉ lfloor=⌊ \
    rfloor=⌋ lang=⟨ rang=⟩ loz=◊ spades=♠ clubs=♣ hearts=♥ diams=♦";

/// Longer names do not exist here.
const NAME_BYTES_MAX: usize = 10;

/// What windows-1252 has at 0x80 to 0x9f, where Unicode has control characters (HTML 13.2.5.80).
const WINDOWS_1252: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
    '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// What stands at the start of a text that begins with `&`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reference {
    /// A character, and how many bytes name it.
    Character(char, usize),
    /// A number that no text may hold, and its bytes.
    Illegal(usize),
    /// Just an ampersand.
    None,
}

/// Reads the reference at the start of `text`, which begins with `&`.
pub(super) fn reference(text: &str) -> Reference {
    let after = &text[1..];
    let Some(length) = after.bytes().take(NAME_BYTES_MAX + 1).position(|byte| byte == b';') else {
        return Reference::None;
    };
    let name = &after[..length];
    let n_bytes = length + 2;
    match name.strip_prefix('#') {
        Some(number) => match code_point(number) {
            Some(code) => legal(code).map_or(Reference::Illegal(n_bytes), |character| {
                Reference::Character(character, n_bytes)
            }),
            None => Reference::None,
        },
        None => named(name).map_or(Reference::None, |found| Reference::Character(found, n_bytes)),
    }
}

/// Entities that a document declares itself: plain texts, each resolved once, none within another.
#[derive(Debug, Default)]
pub(super) struct Declared<'a> {
    values: Vec<(&'a str, String)>,
    n_bytes_expanded: usize,
}

impl<'a> Declared<'a> {
    /// Takes the entities of a DOCTYPE; those that name others or files are left alone.
    pub(super) fn of_declaration(declaration: &'a str) -> Self {
        let entities = declaration.split("<!ENTITY").skip(1).filter_map(|entity| {
            let entity = entity.trim_start();
            let name_length = entity.find(char::is_whitespace)?;
            let (name, rest) = entity.split_at(name_length);
            let rest = rest.trim_start();
            let quote = rest.chars().next().filter(|first| matches!(first, '"' | '\''))?;
            let (value, _) = rest[1..].split_once(quote)?;
            let mut text = String::new();
            unescape(&mut text, value, &mut Self::default());
            let is_plain = !text.contains('&') && text.len() <= VALUE_BYTES_MAX;
            is_plain.then_some((name, text))
        });
        Self { values: entities.take(ENTITIES_MAX).collect(), n_bytes_expanded: 0 }
    }

    /// What the name at the start of `text` stands for, and the bytes of the reference.
    fn resolve(&mut self, text: &str) -> Option<(&str, usize)> {
        if self.values.is_empty() {
            return None;
        }
        let length =
            text.bytes().skip(1).take(DECLARED_NAME_BYTES_MAX).position(|byte| byte == b';')?;
        let name = &text[1..=length];
        let (_, value) = self.values.iter().find(|(it, _)| *it == name)?;
        self.n_bytes_expanded += value.len();
        (self.n_bytes_expanded <= EXPANDED_BYTES_MAX).then_some((value, name.len() + 2))
    }
}

/// More entities than anybody declares for a feed.
const ENTITIES_MAX: usize = 64;

/// Longer names are none.
const DECLARED_NAME_BYTES_MAX: usize = 64;

/// A name, a dash, an address; longer values are attacks.
const VALUE_BYTES_MAX: usize = 1_000;

/// All expansions of a document together.
const EXPANDED_BYTES_MAX: usize = 1_000_000;

/// Writes text with its references resolved; what no XML may hold is left out.
pub(super) fn unescape(out: &mut String, text: &str, declared: &mut Declared<'_>) {
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        push_legal(out, &rest[..at]);
        rest = &rest[at..];
        let n_bytes = match reference(rest) {
            Reference::Character(character, n_bytes) => {
                out.push(character);
                n_bytes
            }
            Reference::Illegal(n_bytes) => n_bytes,
            Reference::None => {
                let (value, n_bytes) = declared.resolve(rest).unwrap_or(("&", 1));
                out.push_str(value);
                n_bytes
            }
        };
        rest = &rest[n_bytes..];
    }
    push_legal(out, rest);
}

/// Writes text without what no XML may hold. What stands in the place of windows-1252's
/// punctuation is meant as such (HTML 13.2.5.80).
pub(super) fn push_legal(out: &mut String, text: &str) {
    if may_need_change(text.as_bytes()) {
        let legal = text.chars().filter_map(|character| match character {
            '\u{80}'..='\u{9f}' => legal(u32::from(character)),
            _ => Some(character).filter(|character| is_legal(*character)),
        });
        out.extend(legal);
    } else {
        out.push_str(text);
    }
}

/// Whether a character may have to be changed or left out. Nearly all texts are clean, so whole
/// chunks are looked at without leaving early, which compilers make fast.
fn may_need_change(bytes: &[u8]) -> bool {
    // Control characters, and first bytes of U+0080 to U+009F and of U+FFFE.
    let is_suspicious =
        |byte: u8| matches!(byte, 0..=0x08 | 0x0b | 0x0c | 0x0e..=0x1f | 0xc2 | 0xef);
    bytes.chunks(64).any(|chunk| chunk.iter().fold(false, |any, byte| any | is_suspicious(*byte)))
}

/// Whether XML text may hold `character` (XML 1.0, 2.2).
pub(super) fn is_legal(character: char) -> bool {
    match character {
        '\t' | '\n' | '\r' => true,
        '\u{fffe}' | '\u{ffff}' => false,
        _ => ' ' <= character,
    }
}

fn code_point(number: &str) -> Option<u32> {
    let (digits, radix) = match number.strip_prefix(['x', 'X']) {
        Some(digits) => (digits, 16),
        None => (number, 10),
    };
    let is_number = !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix));
    is_number.then(|| u32::from_str_radix(digits, radix).unwrap_or(u32::MAX))
}

fn legal(code: u32) -> Option<char> {
    if let 0x80..=0x9f = code {
        let index = usize::try_from(code - 0x80).ok()?;
        return WINDOWS_1252.get(index).copied();
    }
    char::from_u32(code).filter(|character| is_legal(*character))
}

fn named(name: &str) -> Option<char> {
    static TABLE: OnceLock<HashMap<&str, char>> = OnceLock::new();
    let table = TABLE.get_or_init(|| {
        let pairs = NAMED.split(' ').filter_map(|pair| pair.split_once('='));
        let html = pairs.filter_map(|(name, character)| Some((name, character.chars().next()?)));
        html.chain([("amp", '&'), ("lt", '<'), ("gt", '>'), ("quot", '"'), ("apos", '\'')])
            .collect()
    });
    table.get(name).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: words that publishers write with references are found like any other word.
    #[test]
    fn references_become_characters() {
        for (text, character) in [
            ("&uuml;ber", 'ü'),
            ("&nbsp;", '\u{a0}'),
            ("&amp;", '&'),
            ("&#8211;", '–'),
            ("&#x4E;", 'N'),
            ("&#150;", '–'),
            ("&thetasym;", 'ϑ'),
        ] {
            let length = text.find(';').unwrap() + 1;
            assert_eq!(reference(text), Reference::Character(character, length), "{text}");
        }
    }

    /// Goal: a bare ampersand stays, and what no text may hold goes.
    #[test]
    fn ampersands_and_illegal_numbers_are_told_apart() {
        for text in ["&", "& b", "&T;", "&#;", "&#x;", "&#12a;", "&;", "&averylongname;"] {
            assert_eq!(reference(text), Reference::None, "{text}");
        }
        for text in ["&#0;", "&#11;", "&#55357;", "&#xFFFF;", "&#x110000;", "&#99999999;"] {
            assert_eq!(reference(text), Reference::Illegal(text.len()), "{text}");
        }
    }
}
