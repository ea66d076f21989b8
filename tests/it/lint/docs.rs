//! `docs/lints.md` and the pages of `seqcheck explain` are made from the code, every example executed.

use super::root;
use crate::shell::seqcheck;
use seqcheck::lint::{ALL, LINTS_HEAD, Lint, Samples, page, row};

fn samples(lint: &Lint) -> Samples {
    let code = lint.code.to_lowercase();
    let read = |name: &str| std::fs::read_to_string(root().join(name)).expect("an example");
    let has = format!("tests/cases/lint/{code}.seq");
    let allow: Vec<&str> = ALL.iter().map(|lint| lint.code).filter(|other| *other != lint.code).collect();
    // This finding alone, as it is printed.
    let output = seqcheck(["lint", "--deep", "--allow", &allow.join(","), &has]).run();
    assert!(output.out.contains(lint.code), "{output}");
    let plays = seqcheck([&has]).run().exit.code() == 0;
    let picture = seqcheck(["draw", "--format", "text", &has]).run();
    assert_eq!(picture.exit.code(), 0, "{picture}");
    Samples {
        has: read(&has),
        plays,
        picture: picture.out,
        output: format!("$ seqcheck lint {has}\n{}", output.out.trim_end()),
        twin: read(&format!("tests/cases/lint/{code}-twin.seq")),
    }
}

fn hold(name: &str, made: &str) {
    let path = root().join(name);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, made).expect("can be written");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == made, "{name} is not current: run the tests with UPDATE_DOCS=1");
}

#[test]
fn the_pages_are_made_from_the_code() {
    let mut table = format!("{LINTS_HEAD}| code | name | weight | what it says |\n| --- | --- | --- | --- |\n");
    for lint in ALL {
        table.push_str(&row(lint));
        hold(&format!("docs/explain/{}.md", lint.code.to_lowercase()), &page(lint, &samples(lint)));
    }
    let speed = "\nHow long it takes is measured in [benchmarks/lint.md](benchmarks/lint.md).\n";
    let speed = if root().join("docs/benchmarks/lint.md").is_file() { speed } else { "" };
    hold("docs/lints.md", &(table + speed));
}
