//! `silkwire tokens`.

use crate::model::Role;
use crate::model::view::TokenView;
use crate::service::Failure;
use crate::service::command::print::{self, Format};
use crate::service::command::{Places, desk};

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Makes a token and prints it, this once: only its hash is kept.
    Create {
        /// Its name: what reviews are signed with.
        name: String,
        /// What its bearer may do: `reader`, `reviewer` or `admin`.
        #[arg(long, value_parser = role)]
        role: Role,
    },
    /// Lists tokens, revoked ones included.
    List {
        /// How to print.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Makes a token worthless from now on; its name stays taken.
    Revoke {
        /// The token's name.
        name: String,
    },
}

pub(super) async fn run(places: &Places, command: Command) -> Result<(), Failure> {
    let desk = desk::open(places)?;
    match command {
        Command::Create { name, role } => {
            let token = desk.create_token(&name, role).await?;
            print::line(token.reveal())?;
            print::talk(format_args!(
                "This is {name}'s token, shown this once; its bearer is a {}:\n  \
                 Authorization: Bearer slk_…",
                role.as_str()
            ));
            Ok(())
        }
        Command::List { format } => list(&desk.tokens().await?, format),
        Command::Revoke { name } => {
            desk.revoke_token(&name).await?;
            print::talk(format_args!("token {name} is revoked"));
            Ok(())
        }
    }
}

fn list(views: &[TokenView], format: Format) -> Result<(), Failure> {
    if format == Format::Json {
        return views.iter().try_for_each(print::json);
    }
    let row = |view: &TokenView| {
        [
            view.name.clone(),
            view.role.as_str().to_owned(),
            view.created.to_string(),
            view.revoked.map(|time| time.to_string()).unwrap_or_default(),
        ]
    };
    let rows: Vec<_> = views.iter().map(row).collect();
    print::table(["NAME", "ROLE", "CREATED", "REVOKED"], &rows)
}

fn role(text: &str) -> Result<Role, String> {
    let roles = [Role::Reader, Role::Reviewer, Role::Admin];
    let found = roles.into_iter().find(|role| role.as_str() == text);
    found.ok_or_else(|| format!("{text:?} is none of reader, reviewer, admin"))
}
