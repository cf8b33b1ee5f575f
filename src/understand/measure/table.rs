//! The report as a table for people.

use std::fmt;

use super::{Confusion, Grouping, Report};

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<14} items precision recall    F1   TP   FP   FN   TN", "relevance")?;
        row(f, "all", &self.all)?;
        for (name, confusion) in self.languages.iter().chain(&self.difficulties) {
            row(f, name, confusion)?;
        }
        let (low, high) = self.f1_interval;
        writeln!(f, "F1 95 % interval over stories: {low:.3}-{high:.3}")?;
        writeln!(f, "average precision: {:.3}", self.average_precision)?;
        writeln!(
            f,
            "aspects: micro-F1 {:.3} (precision {:.3}, recall {:.3}), macro-F1 {:.3}",
            self.aspects.f1(),
            self.aspects.precision(),
            self.aspects.recall(),
            self.aspects_macro_f1,
        )?;
        let groupings = [("all", &self.stories), ("relevant", &self.stories_of_relevant)];
        for (name, grouping) in groupings {
            writeln!(f, "stories, {name} items in one stream: {grouping}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Grouping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { n_items, n_labelled, n_found, .. } = self;
        let ([bp, br, bf], [pp, pr, pf]) = (self.b_cubed, self.pairwise);
        let ((bl, bh), (pl, ph)) = (self.b_cubed_interval, self.pairwise_interval);
        writeln!(f, "{n_items} texts, {n_labelled} stories, {n_found} found")?;
        writeln!(f, "  B-cubed {bp:.3} {br:.3} F1 {bf:.3} ({bl:.3}-{bh:.3})")?;
        write!(f, "  pairs   {pp:.3} {pr:.3} F1 {pf:.3} ({pl:.3}-{ph:.3})")
    }
}

fn row(f: &mut fmt::Formatter<'_>, name: &str, confusion: &Confusion) -> fmt::Result {
    writeln!(
        f,
        "{name:<14} {:>5} {:>9.3} {:>6.3} {:>5.3} {:>4} {:>4} {:>4} {:>4}",
        confusion.n_items(),
        confusion.precision(),
        confusion.recall(),
        confusion.f1(),
        confusion.true_positives,
        confusion.false_positives,
        confusion.false_negatives,
        confusion.true_negatives,
    )
}
