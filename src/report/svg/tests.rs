use super::*;
use crate::report::fixture::{CHAT, missing, passed, twice};
use crate::report::run::ScenarioReport;
use crate::report::view::Played;

fn of(report: &ScenarioReport) -> String {
    let played = Played { order: &report.order, outcome: &report.outcome, trace: &report.trace };
    draw(&View::with_run(&report.diagram, &report.sources, played))
}

#[test]
fn a_run_stands_on_its_arrows() {
    let (good, twice, missing) = (of(&passed(CHAT)), of(&twice()), of(&missing()));
    assert!(good.contains("✓ pass") && !good.contains("class=\"msg extra\"") && !good.contains("class=\"msg faint\""));
    assert!(good.contains("sent after 0.1 ms") && good.contains("passed after 1.2 ms"));
    assert!(twice.contains("class=\"msg extra\"") && twice.contains("⊕ duplicate, 0.2 ms after the first"));
    assert!(missing.contains("class=\"msg missing\"") && missing.contains("✗ missing"));
    assert_eq!(missing.matches("class=\"msg faint\"").count(), 3, "what was not reached is faint");
}

#[test]
fn labels_are_text_whatever_they_hold() {
    let text = "A->B: <script>alert(1)</script>&\"'\u{0}\u{202e}\nB->A: ]]><!-- x -->\n";
    let svg = of(&passed(&format!("A->B: WS connect\n{text}")));
    assert!(!svg.contains("<script") && !svg.contains("<!--") && !svg.contains('\u{0}') && !svg.contains('\u{202e}'));
    assert!(svg.contains("&lt;script&gt;alert(1)&lt;/script&gt;&amp;"));
}

#[test]
fn nothing_from_outside_is_asked_for() {
    let svg = of(&twice()).replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
    for word in ["http:", "https:", "url(", "href", "@import", "<script", "<foreignObject", "javascript:"] {
        assert!(!svg.contains(word), "{word} in the picture");
    }
}

#[test]
fn size_grows_with_the_number_of_arrows() {
    let of = |count: usize| {
        let arrows: String = (0..count).map(|index| format!("A->B: message number {index}\n")).collect();
        of(&passed(&format!("A->B: WS connect\n{arrows}"))).len()
    };
    let (small, large) = (of(200), of(2_000));
    assert!(large < 11 * small, "{small} bytes for 200 arrows, {large} for 2,000");
}

#[cfg(feature = "png")]
#[test]
fn a_picture_becomes_pixels_without_a_font_of_the_machine() {
    use crate::report::png::{Fonts, draw};
    let pixels = draw(&of(&twice()), &Fonts::embedded(), 1.0).expect("a picture");
    assert!(pixels.starts_with(b"\x89PNG") && pixels.len() > 10_000, "{} bytes", pixels.len());
    assert_eq!(pixels, draw(&of(&twice()), &Fonts::embedded(), 1.0).expect("a picture"), "the same every time");
    assert!(draw("<svg", &Fonts::embedded(), 1.0).is_err());
}
