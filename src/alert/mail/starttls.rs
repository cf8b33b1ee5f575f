//! From plain words to TLS on one connection (RFC 3207).
//!
//! Invariant: nothing that came before encryption is believed after it: bytes that stand behind
//! the server's word to begin reach the TLS library, which refuses them.

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::net::{Line, NetError};

/// RFC 5321 says 512; some servers greet at length.
const LINE_BYTES_MAX: usize = 4096;

/// Lines of one reply.
const LINES_MAX: usize = 64;

/// `line` with TLS, as if the server had just greeted.
///
/// # Errors
/// The server does not offer TLS, or speaks no SMTP; the connection or the handshake fails.
pub(super) async fn encrypted(mut line: Line, own_name: &str) -> Result<Line, NetError> {
    expect(&mut line, "220", "a greeting").await?;
    say(&mut line, &format!("EHLO {own_name}\r\n")).await?;
    let offers = expect(&mut line, "250", "EHLO").await?;
    let is_offered = offers
        .iter()
        .any(|offer| offer.get(4..).is_some_and(|it| it.eq_ignore_ascii_case("STARTTLS")));
    if !is_offered {
        let reason = "the mail server does not offer STARTTLS".to_owned();
        return Err(NetError::Broken { reason });
    }
    say(&mut line, "STARTTLS\r\n").await?;
    expect(&mut line, "220", "STARTTLS").await?;
    let mut line = line.encrypted().await?;
    // The library waits for a greeting, which is over.
    line.put_back(b"220 encrypted\r\n");
    Ok(line)
}

async fn say(line: &mut Line, words: &str) -> Result<(), NetError> {
    line.write_all(words.as_bytes()).await.map_err(|error| lost(&error))?;
    line.flush().await.map_err(|error| lost(&error))
}

/// The lines of a reply with `code`.
async fn expect(line: &mut Line, code: &str, to: &str) -> Result<Vec<String>, NetError> {
    let mut lines = Vec::new();
    while lines.len() < LINES_MAX {
        let text = read_line(line).await?;
        if !text.starts_with(code) {
            let code = text.get(..3).unwrap_or("something else");
            let reason = format!("the mail server answered {code} to {to}");
            return Err(NetError::Broken { reason });
        }
        let is_last = text.as_bytes().get(3) != Some(&b'-');
        lines.push(text);
        if is_last {
            return Ok(lines);
        }
    }
    Err(NetError::Broken { reason: format!("the mail server's answer to {to} does not end") })
}

/// Byte by byte, so that nothing behind the line is read.
async fn read_line(line: &mut Line) -> Result<String, NetError> {
    let mut bytes = Vec::new();
    while bytes.len() < LINE_BYTES_MAX {
        match line.read_u8().await.map_err(|error| lost(&error))? {
            b'\n' => return Ok(String::from_utf8_lossy(&bytes).trim_end().to_owned()),
            byte => bytes.push(byte),
        }
    }
    Err(NetError::Broken { reason: "a line of the mail server does not end".to_owned() })
}

fn lost(error: &std::io::Error) -> NetError {
    NetError::Reset { reason: error.to_string() }
}
