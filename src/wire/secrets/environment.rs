use super::{DERIVED, Secrets};

/// A value shorter than this is hidden only where its name says that it is a secret.
const TELLING_LENGTH: usize = 8;

/// What of an environment must not be seen, should a program print it: the lines of a listing, and the values that are nothing
/// that everybody knows.
pub fn of_environment<'e>(variables: impl IntoIterator<Item = (&'e str, &'e str)>) -> Secrets {
    /// What says where things lie, how the terminal looks, and who is logged in.
    const HARMLESS: [&str; 22] = [
        "PATH",
        "HOME",
        "PWD",
        "OLDPWD",
        "SHELL",
        "USER",
        "LOGNAME",
        "HOSTNAME",
        "LANG",
        "LANGUAGE",
        "TERM",
        "TMPDIR",
        "TMP",
        "TEMP",
        "EDITOR",
        "PAGER",
        "DISPLAY",
        "SHLVL",
        "TZ",
        "COLUMNS",
        "LINES",
        "COLORTERM",
    ];
    const TELLING: [&str; 7] = ["TOKEN", "SECRET", "PASS", "KEY", "CREDENTIAL", "AUTH", "COOKIE"];
    let secrets = Secrets::default();
    for (name, value) in variables {
        if value.is_empty() {
            continue;
        }
        secrets.add(&format!("{name}={value}"));
        let upper = name.to_ascii_uppercase();
        let telling = TELLING.iter().any(|word| upper.contains(word)) && value.chars().count() >= DERIVED;
        let harmless = HARMLESS.contains(&&*upper) || upper.starts_with("LC_") || upper.starts_with("XDG_");
        let is_path = value.split(':').all(|part| part.starts_with('/') && std::path::Path::new(part).exists());
        if telling || (!harmless && !is_path && value.chars().count() >= TELLING_LENGTH) {
            secrets.add(value);
        }
    }
    secrets
}
