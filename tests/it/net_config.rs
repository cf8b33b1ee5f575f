//! The section `[net]` as people meet it.

use crate::support::Home;

const FEED: &str = "[[feed]]\nurl = \"http://127.0.0.1:9/a.xml\"\n";

fn checked(net: &str) -> (Option<i32>, String) {
    let home = Home::new(&format!("[net]\n{net}\n{FEED}"));
    let checked = home.run(&["check"]);
    (checked.code, checked.stderr.replace(&home.config().display().to_string(), "CONFIG"))
}

/// Goal: mistakes in `[net]` are found by `check`, once each, with file and what to do.
#[test]
fn mistakes_in_the_section_are_named() {
    let receiver = "[[receiver]]\nname = \"desk\"\nurl = \"https://example.org/hook\"";
    let (code, stderr) = checked(&format!("ca_file = \"ca.pem\"\n{receiver}"));
    assert_eq!(code, Some(78));
    insta::assert_snapshot!(stderr, @r"
    silkwire: CONFIG/ca.pem: cannot be read: No such file or directory (os error 2)
      hint: net.ca_file names a file of PEM certificates that we may read
    ");

    let (code, stderr) = checked("contact = \"call\\u0007me\"");
    assert_eq!(code, Some(78));
    insta::assert_snapshot!(stderr, @r#"silkwire: CONFIG/silkwire.toml:2: net.contact may hold visible ASCII without ()\"<> only: "call\u0007me""#);
}

/// Goal: whoever runs without a contact reads that this should be mended, and how.
#[test]
fn h01_run_warns_without_a_contact() {
    let ran = Home::new(FEED).run_once(&[]);
    let words = "net.contact is empty: set a web or mail address";
    assert!(ran.stderr.contains(words), "{}", ran.stderr);
}
