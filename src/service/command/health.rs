//! `silkwire health`.

use crate::service::command::{Places, desk, print};
use crate::service::{Exit, Failure};

pub(super) async fn run(places: &Places) -> Result<(), Failure> {
    let service = desk::service(places)?;
    let service = service.ok_or_else(|| Failure::because(Exit::Unavailable, "no service runs"))?;
    for name in ["healthy", "ready"] {
        let (status, text) = service.text(&["-", name]).await?;
        if status != 200 {
            let words = format_args!("not {name}: {}", print::one_line(text.trim()));
            return Err(Failure::because(Exit::Unavailable, words));
        }
        for problem in text.lines().skip(1) {
            print::talk(format_args!("{}", print::one_line(problem)));
        }
    }
    print::line("healthy and ready")
}
