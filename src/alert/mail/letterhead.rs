//! From whom to whom mails go, and how one is put together (RFC 5322, RFC 2045 to 2047).

use lettre::Message;
use lettre::address::Address;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MessageBuilder, MultiPart, SinglePart};

use crate::alert::TargetError;
use crate::model::Timestamp;

/// More people should have a mailing list.
const RECIPIENTS_MAX: usize = 100;

/// From whom to whom.
#[derive(Clone)]
pub(in crate::alert) struct Letterhead {
    from: Mailbox,
    to: Vec<Mailbox>,
}

/// What one mail says.
pub(in crate::alert) struct Mail<'a> {
    /// Any script.
    pub(in crate::alert) subject: &'a str,
    pub(in crate::alert) text: &'a str,
    pub(in crate::alert) html: &'a str,
    /// What stands before the `@` of its name: the same for every attempt.
    pub(in crate::alert) id: &'a str,
    /// The same for the name that holds a conversation together.
    pub(in crate::alert) thread: Option<String>,
    /// What filters know these mails by.
    pub(in crate::alert) list: &'a str,
    pub(in crate::alert) date: Timestamp,
}

impl Letterhead {
    /// Reads `silkwire <alerts@example.org>` and the like.
    ///
    /// # Errors
    /// The key whose text is no mail address.
    pub(in crate::alert) fn read(from: Option<&str>, to: &[String]) -> Result<Self, TargetError> {
        let missing = |key, reason: &str| TargetError::Key { key, reason: reason.to_owned() };
        let from = from.ok_or_else(|| missing("from", "a mail needs a sender"))?;
        if to.is_empty() {
            return Err(missing("to", "a mail needs a recipient"));
        }
        if RECIPIENTS_MAX < to.len() {
            let reason = format!("more than {RECIPIENTS_MAX} recipients; use a mailing list");
            return Err(TargetError::Key { key: "to", reason });
        }
        let to: Result<_, _> = to.iter().map(|text| mailbox("to", text)).collect();
        Ok(Self { from: mailbox("from", from)?, to: to? })
    }

    /// Where mails go, without names.
    pub(in crate::alert) fn addresses(&self) -> impl Iterator<Item = &str> {
        self.to.iter().map(|mailbox| mailbox.email.as_ref())
    }

    pub(super) fn sender(&self) -> &Address {
        &self.from.email
    }

    pub(super) fn recipients(&self) -> impl Iterator<Item = &Address> {
        self.to.iter().map(|mailbox| &mailbox.email)
    }

    /// The whole mail as it is sent: ASCII, the same for the same `mail`.
    pub(in crate::alert) fn write(&self, mail: &Mail<'_>) -> String {
        let domain = self.from.email.domain();
        let name = |local: &str| format!("<{local}@{domain}>");
        let mut builder = Message::builder()
            .from(self.from.clone())
            .date(system_time(mail.date))
            .message_id(Some(name(mail.id)))
            .subject(mail.subject);
        for mailbox in &self.to {
            builder = builder.to(mailbox.clone());
        }
        if let Some(thread) = &mail.thread {
            builder = builder.in_reply_to(name(thread)).references(name(thread));
        }
        let list = format!("silkwire alerts <{}.silkwire.{domain}>", mail.list);
        builder = header(builder, "List-Id", list);
        builder = header(builder, "Auto-Submitted", "auto-generated".to_owned());
        let parts = MultiPart::alternative()
            .boundary(format!("=_{}", mail.id))
            .singlepart(SinglePart::plain(lines(mail.text)))
            .singlepart(SinglePart::html(lines(mail.html)));
        let message = builder.multipart(parts).expect("it has a sender and recipients");
        // lettre encodes whatever is not ASCII.
        String::from_utf8_lossy(&message.formatted()).into_owned()
    }
}

fn mailbox(key: &'static str, text: &str) -> Result<Mailbox, TargetError> {
    let wrong = |reason: &str| TargetError::Key { key, reason: format!("{text:?} {reason}") };
    let mailbox: Mailbox = text.trim().parse().map_err(|_| wrong("is no mail address"))?;
    let address: &str = mailbox.email.as_ref();
    if !address.is_ascii() {
        return Err(wrong("is not ASCII: write its domain as xn--…"));
    }
    if mailbox.name.as_deref().is_some_and(|name| name.contains(char::is_control)) {
        return Err(wrong("holds a control character"));
    }
    Ok(mailbox)
}

fn header(builder: MessageBuilder, name: &'static str, value: String) -> MessageBuilder {
    builder.raw_header(HeaderValue::new(HeaderName::new_from_ascii_str(name), value))
}

/// Mails end their lines with both.
fn lines(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\n', "\r\n")
}

fn system_time(time: Timestamp) -> std::time::SystemTime {
    let seconds = u64::try_from(time.unix_ms().div_euclid(1000)).unwrap_or(0);
    std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds)
}
