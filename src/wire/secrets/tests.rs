use super::spelling::spellings;
use super::*;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

fn hides(secret: &str, text: &str) -> String {
    let secrets = Secrets::default();
    secrets.add(secret);
    assert_eq!(secrets.mask(text).len(), text.len());
    secrets.redact(text).into_owned()
}

#[test]
fn a_secret_is_found_in_every_spelling_and_case() {
    let secret = "P@ss-w0rd/ü \"1'";
    for spelling in spellings(secret) {
        for text in [spelling.clone(), spelling.to_ascii_uppercase(), spelling.to_ascii_lowercase()] {
            assert_eq!(hides(secret, &format!("a({text})b")), "a(***)b", "{text}");
        }
    }
}

#[test]
fn letters_of_whatever_alphabet_are_found_in_mixed_case() {
    for text in [
        "s3CR3T/t\u{d6}K\u{2026}\u{3c9}",
        "S3cr3t/T\u{d6}k\u{2026}\u{3c9}",
        "s3cr3t/t\u{f6}k\u{2026}\u{3a9}",
        "S3CR3T/t%C3%96k…%CF%89",
    ] {
        assert_eq!(hides("S3cr3t/T\u{f6}k\u{2026}\u{3a9}", &format!("a({text})b")), "a(***)b", "{text}");
    }
}

#[test]
fn however_many_letters_have_another_case_each_is_found() {
    let secret = "\u{c4}\u{f6}\u{fc}\u{3a3}\u{df}k\u{3c2}\u{44f}";
    for text in [
        "\u{e4}\u{d6}\u{dc}\u{3c3}SSK\u{3a3}\u{42f}",
        "\u{c4}\u{d6}\u{fc}\u{3c2}\u{1e9e}\u{212a}\u{3c3}\u{44f}",
        "%C3%A4%C3%96%C3%9C%CF%83ssk%CE%A3%D0%AF",
        "\\u00e4\\u00d6\\u00dc\\u03c3sSk\\u03a3\\u042f",
        "c384c396c3bccf82c39f4bcf83d18f",
    ] {
        assert_eq!(hides(secret, &format!("a({text})b")), "a(***)b", "{text}");
    }
    let base64 = STANDARD.encode("<\u{e4}\u{d6}\u{dc}\u{3c3}ssk\u{3a3}\u{42f}>");
    assert!(hides(secret, &format!("/x/{base64}")).len() < 15);
}

#[test]
fn a_secret_is_found_where_its_letters_are_numbers() {
    let secret = "P@ss-w0rd/ü";
    let json: String = secret.encode_utf16().map(|unit| format!("\\u{unit:04X}")).collect();
    let markup: String = secret.chars().map(|c| format!("&#{};", u32::from(c))).collect();
    let hex: String = secret.chars().map(|c| format!("&#x{:x};", u32::from(c))).collect();
    for text in [json.clone(), json.replace('\\', "\\\\"), markup, hex, "P\\x40ss-w0rd\\/\\u00fc".to_owned()] {
        assert_eq!(hides(secret, &format!("{{\"a\":\"x {text}!\\u0021\"}}")), "{\"a\":\"x ***!\\u0021\"}", "{text}");
    }
}

#[test]
fn a_secret_is_found_inside_of_encodings_of_something_longer() {
    let secret = "tulip-seventy-one";
    let longer = format!("ann:{secret}!");
    let base64 = STANDARD.encode(&longer);
    let url = utf8_percent_encode(&base64, NON_ALPHANUMERIC).to_string();
    let hex: String = base64.bytes().map(|byte| format!("{byte:02X}")).collect();
    for text in [base64.clone(), URL_SAFE_NO_PAD.encode(&longer), url, hex, STANDARD.encode(&base64)] {
        assert_eq!(hides(secret, &format!("Basic {text}, x")), "Basic ***, x", "{text}");
    }
    assert_eq!(hides(secret, &format!("/ws?key={base64}&name=ann")), "/ws?***&name=ann");
    let plain = "a/long/path/of/the/server.js?name=somebody&also=this%20one deadbeefcafe0123456789ab";
    assert_eq!(hides(secret, plain), plain);
}

#[test]
fn headers_show_who_and_not_the_proof() {
    assert_eq!(header_shown("Authorization", "Bearer abc.def").as_deref(), Some("Bearer ***"));
    assert_eq!(header_shown("set-cookie", "sid=1; Path=/; HttpOnly").as_deref(), Some("sid=***; Path=/; HttpOnly"));
    assert_eq!(header_shown("cookie", "a=1; b=2").as_deref(), Some("a=***; b=***"));
    assert_eq!(header_shown("content-type", "a=1"), None);
    let secrets = Secrets::default();
    secrets.headers([("authorization", "Basic YW5uOnR1bGlwLTcx"), ("set-cookie", "a=short; b=x, c=d")]);
    assert_eq!(secrets.redact("tulip-71 YW5uOnR1bGlwLTcx short"), "*** *** short");
}

#[test]
fn an_environment_is_hidden_but_for_what_everybody_knows() {
    let all = [("HOME", "/home/ann"), ("A", "1"), ("API_KEY", "abcd"), ("CANARY", "tulip-seventy-one"), ("N", "")];
    let secrets = of_environment(all);
    let told = "HOME=/home/ann\nA=1\nAPI_KEY=abcd\nCANARY=tulip-seventy-one\nsaid: tulip-seventy-one abcd 1 /home/ann";
    assert_eq!(secrets.redact(told), "***\n***\n***\n***\nsaid: *** *** 1 /home/ann");
}

#[test]
fn a_long_secret_is_found_as_far_as_it_stands_there() {
    let letters = |many: usize| (0..many).map(|n| char::from(b'a' + (n * n % 23) as u8)).collect::<String>();
    for many in [127, 128, 129, 500, LONGEST - 4] {
        let secret = letters(many);
        assert_eq!(hides(&secret, &format!("a({secret})b")), "a(***)b", "{many}");
        let upper = secret.to_uppercase();
        assert_eq!(hides(&secret, &format!("a({upper}{secret}) {secret}")), "a(******) ***", "{many}");
        let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hides(&secret, &format!("a({hex})b")), "a(***)b", "{many}");
        // Whoever tells of it may have cut it.
        let begin = &secret[..many - 1];
        if many > 129 {
            assert_eq!(hides(&secret, &format!("a({begin}…)b")), "a(***…)b", "{many}");
        }
    }
    // What is too long to be remembered is hidden up to the end of the text.
    let secret = letters(LONGEST * 3);
    for text in [secret.clone(), STANDARD.encode(&secret), secret.to_uppercase()] {
        assert_eq!(hides(&secret, &format!("a({text})b")), "a(***", "{text}");
    }
}

#[test]
fn secrets_that_begin_alike_are_told_apart() {
    let begin = "https://example.org/".repeat(10);
    let secrets = Secrets::default();
    (0..500).for_each(|n| secrets.add(&format!("{begin}{n:03}-tulip")));
    for n in [0, 7, 250, 499] {
        assert_eq!(secrets.redact(&format!("{begin}{n:03}-TULIP.")), "***.", "{n}");
    }
    assert_eq!(
        secrets.redact("https://example.org/https://example.org/x"),
        "https://example.org/https://example.org/x"
    );
}

#[test]
fn secrets_become_known_one_by_one_and_each_is_found() {
    let secrets = Secrets::default();
    for n in 0..300 {
        let value = format!("tulip-{n:04}");
        assert_eq!(secrets.redact(&value), value);
        secrets.add(&value);
        assert_eq!(secrets.redact(&value), Secrets::HIDDEN);
        assert_eq!(secrets.redact("tulip-0000"), Secrets::HIDDEN);
    }
    let known = secrets.known.read().expect("no panic");
    assert!(known.finders.len() < 10, "{}", known.finders.len());
    assert_eq!(known.finders.iter().map(|finder| finder.count()).sum::<usize>(), 300);
}

#[test]
fn more_than_can_be_remembered_is_told() {
    let secrets = Secrets::default();
    (0..Secrets::MOST.0).for_each(|n| secrets.given(&format!("tulip-{n}").into()));
    assert!(!secrets.is_over());
    let (one, other) = (secrets.apart(), Secrets::default());
    one.given(&Value::from("one more"));
    assert!(one.is_over() && !secrets.is_over());
    // All plays of a run are hidden in each report of it.
    other.add("another");
    other.merge(&one);
    assert!(other.is_over() && other.are_in("tulip-7") && other.are_in("another"));
    let list = |many: usize| {
        let secrets = Secrets::default();
        secrets.given(&serde_json::json!([{ "a": vec!["tulip-71"; many] }]));
        secrets
    };
    assert!(
        !list(Secrets::LIST).is_over()
            && list(Secrets::LIST + 1).is_over()
            && list(Secrets::LIST + 1).are_in("tulip-71")
    );
    let wide = Secrets::default();
    (0..=Secrets::MOST.1 / LONGEST).for_each(|n| wide.add(&format!("{n:05}").repeat(LONGEST)));
    assert!(wide.is_over());
}

#[test]
fn a_secret_is_found_where_its_bytes_stand_one_by_one() {
    let secret = "tulip \u{fc}71";
    let bytes = format!("<{secret}>").into_bytes();
    let formats: [fn(&u8) -> String; 4] =
        [|byte| format!("{byte:02x}"), |byte| format!("{byte:02X}"), |byte| format!("0x{byte:x}"), ToString::to_string];
    let mut all = Vec::new();
    for with in [":", "-", " ", ", ", ",", "\n"] {
        all.extend(formats.map(|format| bytes.iter().map(format).collect::<Vec<_>>().join(with)));
    }
    all.retain(|text| !text.is_empty());
    for text in all {
        assert_eq!(hides(secret, &format!("it is ({text})!")), "it is (***)!", "{text}");
    }
    let json = serde_json::json!({ "data": bytes }).to_string();
    assert_eq!(hides(secret, &json), r#"{"data":[***]}"#);
    assert_eq!(hides(secret, &Value::from(json).to_string()), r#""{\"data\":[***]}""#);
}

#[test]
fn a_secret_is_found_in_addresses_and_forms_of_whatever_way() {
    let secret = "P@ss w0rd-(\u{fc})~1*";
    for text in [
        "P%40ss+w0rd-%28%C3%BC%29%7E1*",
        "P%40ss+w0rd-%28%c3%bc%29~1%2A",
        "P@ss%20w0rd-(%C3%BC)~1*",
        "%50%40%73s+w0rd%2d(%C3%BC)~1*",
    ] {
        assert_eq!(hides(secret, &format!("a=1&key={text}&b=2")), "a=1&key=***&b=2", "{text}");
    }
}

#[test]
fn digests_and_tokens_are_found_in_other_alphabets() {
    let bytes: Vec<u8> = (0..32).map(|n: u8| n.wrapping_mul(73) ^ 0xfb).collect();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let url = base64::engine::general_purpose::URL_SAFE.encode(&bytes);
    let all = [hex, STANDARD.encode(&bytes), url.clone(), url.trim_end_matches('=').to_owned()];
    for known in &all {
        for text in &all {
            assert_eq!(hides(known, &format!("x={text};")).replace("***=", "***"), "x=***;", "{known}: {text}");
        }
    }
}

#[test]
fn the_begin_of_a_text_shows_no_begin_of_a_secret() {
    let secret = "Tulip/71?~>x<\u{fc}\u{fc}ber";
    let secrets = Secrets::default();
    secrets.add(secret);
    let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    for said in [secret, &hex, &STANDARD.encode(secret), &STANDARD.encode(&hex)] {
        for most in 0..said.len() {
            let text = format!("({said}) and more");
            let begin = secrets.begin(&text, most);
            let right = if most < 2 { &"("[..most] } else { "(***" };
            assert_eq!(begin, right, "{most} of {text}");
        }
    }
    assert_eq!(secrets.begin("\u{fc}\u{fc}", 3), "\u{fc}");
    assert_eq!(Secrets::default().begin("some text", 4), "some");
}

#[test]
fn a_secret_is_found_in_base32_and_in_octal_digits() {
    let secret = "Tulip/71?~>x<\u{fc}\u{fc}ber";
    let octal = |all: &str| all.bytes().map(|byte| format!("\\{byte:03o}")).collect::<String>();
    let some = secret.replace('\u{fc}', "\\303\\274").replace('?', "\\077");
    let spaced = octal(secret).replace('\\', " ").trim().to_owned();
    let short = secret.bytes().map(|byte| format!("\\{byte:o}")).collect();
    for text in [octal(secret), octal(&secret.to_uppercase()), some, spaced, short] {
        assert_eq!(hides(secret, &format!("it is ({text})!")), "it is (***)!", "{text}");
    }
    let git = format!("\"{}\"", octal(secret).replace('\\', "\\\\"));
    assert_eq!(hides(secret, &git), "\"***\"");
    for alphabet in [base32::STANDARD, base32::HEX] {
        for before in ["", "a", "ab", "abc", "abcd", "abcde"] {
            let text = base32::encode(format!("{before}{secret}!").as_bytes(), alphabet);
            for text in [text.to_uppercase(), text, base32::encode(STANDARD.encode(secret).as_bytes(), alphabet)] {
                let left = hides(secret, &format!("it is {text}===!"));
                assert!(left.starts_with("it is ***") && left.len() < 16, "{before} {text}: {left}");
            }
        }
    }
    let plain = "a plain text of longer words, internationally readable, 755 644 100 200";
    assert_eq!(hides(secret, plain), plain);
}
