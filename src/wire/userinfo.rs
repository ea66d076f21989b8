//! Name and password in front of the host of an address, and what they may look like elsewhere.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;

/// A name that is shorter than this stands in every other word, and is no secret by itself.
const NAME: usize = 4;

/// What must not be seen of them: both together, each by itself, as the address writes them and as they are meant, and as a
/// client says them in `Authorization: Basic`.
pub fn userinfo(written: &str) -> Vec<String> {
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let (name, password) = written.split_once(':').unwrap_or((written, ""));
    let (meant_name, meant_password) = (decoded(name), decoded(password));
    let whole = if written.contains(':') { format!("{meant_name}:{meant_password}") } else { meant_name.clone() };
    let mut all = vec![written.to_owned(), password.to_owned(), meant_password, STANDARD.encode(&whole), whole];
    all.extend([name.to_owned(), meant_name].into_iter().filter(|name| name.chars().count() >= NAME));
    all.retain(|text| !text.is_empty());
    all.sort_unstable();
    all.dedup();
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_spellings_of_both_are_secrets_and_a_short_name_is_none() {
        let all = userinfo("admin9:pa%3Ass%25w0rd");
        for wanted in [
            "admin9",
            "pa%3Ass%25w0rd",
            "pa:ss%w0rd",
            "admin9:pa:ss%w0rd",
            "admin9:pa%3Ass%25w0rd",
            "YWRtaW45OnBhOnNzJXcwcmQ=",
        ] {
            assert!(all.iter().any(|text| text == wanted), "{wanted} is not in {all:?}");
        }
        assert!(!userinfo("bob:hunter22").contains(&"bob".to_owned()));
        assert!(userinfo("").is_empty());
        assert!(userinfo("tok%65n").contains(&"token".to_owned()));
    }
}
