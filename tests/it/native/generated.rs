//! Diagrams that a generator makes: printed and read again they are the same.

use super::{printed, read};
use proptest::prelude::*;

use seqcheck::diagram::{
    Arrow, ArrowRef, Autonumber, Create, Diagram, Directive, DirectiveKind, Drawn, End, Fragment, FragmentKind, Head,
    Item, Lifecycle, Line, Note, NotePlace, NoteShape, Operand, Participant, ParticipantGroup, ParticipantId,
    ParticipantKind, Ref, Setting, Side, Turns, parse_duration,
};
use seqcheck::source::Span;
use std::collections::BTreeMap;
use std::time::Duration;

const AT: Span = Span { source: seqcheck::source::SourceId(0), start: 0, end: 0 };

/// A text as it can stand behind a colon: anything in one line, trimmed.
fn text() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "x",
        "a: b",
        "->",
        "<-B",
        "#red",
        "end",
        "{x}",
        "\"q\"",
        "//",
        "user:alice joined",
        "🙂",
        "\\n",
        "(3)",
        "*",
        ";",
        "== ",
        "...",
        "alt",
        "é",
        "@",
        "%%",
        "'",
        ",",
        "2",
        "3s",
        "[a]",
        "-x",
        "note",
        ":",
        "\t",
        "\u{a0}",
    ]);
    prop::collection::vec(words, 0..4).prop_map(|words| words.join(" ").trim().to_owned())
}

fn name() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "Alice",
        "Bob",
        "Chat Server",
        "a",
        "Note",
        "end",
        "x",
        "-",
        "->",
        "\"",
        "\\",
        ":",
        ",",
        " as ",
        "#1",
        "[",
        "*",
        "(2)",
        "<",
        "中",
        "database",
        "except ",
        "opt",
        " over ",
        "'",
        "//",
        ".",
        "++",
        "{b}",
        "=",
        "ref over a",
        "🙂",
    ]);
    prop::collection::vec(pieces, 1..3)
        .prop_map(|pieces| pieces.concat())
        .prop_filter("a name", |name| !name.trim().is_empty())
}

fn time() -> impl Strategy<Value = Duration> {
    prop::sample::select(vec![0u64, 1, 999, 1_000, 250_000, 3_000_000, 60_000_000, 5_400_000_000])
        .prop_map(Duration::from_micros)
}

fn style() -> impl Strategy<Value = Option<String>> {
    prop::option::weighted(
        0.2,
        prop::sample::select(vec!["#red", "#ff8800", "##s", "#red;2;dashed", "#a #b"]).prop_map(str::to_owned),
    )
}

fn id() -> impl Strategy<Value = ParticipantId> {
    (0u32..6).prop_map(ParticipantId)
}

fn end() -> impl Strategy<Value = End> {
    prop_oneof![
        8 => id().prop_map(End::Participant),
        1 => prop_oneof![Just(Side::Left), Just(Side::Right)].prop_map(End::Outside),
    ]
}

fn arrow() -> impl Strategy<Value = Item> {
    let receiver = prop_oneof![
        9 => end(),
        1 => prop::collection::vec(id(), 0..3).prop_map(|except| End::Everyone { except }),
    ];
    let flags = (any::<[bool; 4]>(), prop::option::weighted(0.1, 0u32..999), any::<u8>(), style());
    (end(), receiver, text(), flags).prop_map(|(from, to, label, (flags, slant, form, style))| {
        let [dashed, open, activate, create] = flags;
        let mut drawn = Drawn {
            line: if dashed { Line::Dashed } else { Line::Solid },
            head: if open { Head::Open } else { Head::Filled },
            style,
            ..Drawn::default()
        };
        let outside = matches!(from, End::Outside(_));
        let from = if outside && matches!(to, End::Outside(_)) { End::Participant(ParticipantId(0)) } else { from };
        match form % 8 {
            0 if !matches!(to, End::Everyone { .. }) => drawn.both = true,
            1 => {
                // A lost message has either signs or a style.
                drawn.lost = true;
                if activate {
                    (drawn.head, drawn.style, drawn.activate) = (Head::Filled, None, true);
                }
            }
            2..=4 => {
                (drawn.activate, drawn.create, drawn.deactivate) = (activate, create, form % 8 == 2);
                drawn.slant = slant;
            }
            _ => {}
        }
        Item::Arrow(Arrow { from, to, drawn, label, span: AT, label_span: AT })
    })
}

fn note() -> impl Strategy<Value = Item> {
    let shape = prop::sample::select(vec![
        NoteShape::Note,
        NoteShape::Box,
        NoteShape::Round,
        NoteShape::Angled,
        NoteShape::State,
    ]);
    let place = prop_oneof![
        id().prop_map(NotePlace::LeftOf),
        id().prop_map(NotePlace::RightOf),
        prop::collection::vec(id(), 1..4).prop_map(NotePlace::Over),
        Just(NotePlace::Across),
        Just(NotePlace::LeftOfArrow),
        Just(NotePlace::RightOfArrow),
    ];
    let lines = prop_oneof![3 => text(), 1 => prop::collection::vec(text(), 2..4).prop_map(|lines| {
        lines.iter().filter(|line| !line.is_empty() && !line.starts_with("end")).cloned().collect::<Vec<_>>().join("\n")
    })];
    (shape, place, lines, style()).prop_map(|(shape, place, text, style)| {
        Item::Note(Note { shape, place, text, style, same_height: false, span: AT })
    })
}

fn directive() -> impl Strategy<Value = DirectiveKind> {
    prop_oneof![
        time().prop_map(DirectiveKind::Within),
        time().prop_map(DirectiveKind::After),
        (time(), time()).prop_map(|(a, b)| DirectiveKind::Between(a.min(b), a.max(b))),
        Just(DirectiveKind::Never),
        Just(DirectiveKind::Unordered),
        Just(DirectiveKind::Raw),
        (1u32..9).prop_map(|number| DirectiveKind::Depends(ArrowRef::Number(number))),
        text()
            .prop_filter("a label", |text| !text.is_empty())
            .prop_map(|label| DirectiveKind::Depends(ArrowRef::Label(label))),
        (text(), text()).prop_map(|(text, source)| DirectiveKind::Quote { text, source }),
        text().prop_map(|reason| DirectiveKind::KnownFailure(format!("because {reason}").trim().to_owned())),
        text().prop_map(|reason| DirectiveKind::Allow { code: "SQ104".to_owned(), reason }),
    ]
}

fn small() -> impl Strategy<Value = Vec<Item>> {
    let lifecycle = prop::sample::select(vec![
        Lifecycle::Activate,
        Lifecycle::Deactivate,
        Lifecycle::Destroy,
        Lifecycle::DestroyAfter,
    ]);
    let one = |item| vec![item];
    prop_oneof![
        8 => arrow().prop_map(one),
        2 => note().prop_map(one),
        2 => (directive(), arrow()).prop_map(|(kind, arrow)| vec![Item::Directive(Directive { kind, span: AT }), arrow]),
        1 => (prop::collection::vec(id(), 1..3), text(), style()).prop_map(move |(over, text, style)| {
            one(Item::Ref(Ref { over, text, style, span: AT }))
        }),
        1 => text().prop_map(move |text| one(Item::Divider { text: text.trim_matches('=').trim().to_owned(), span: AT })),
        1 => text().prop_map(move |text| one(Item::Delay { duration: parse_duration(&text), text, span: AT })),
        1 => prop::option::of(-99i32..99).prop_map(move |amount| one(Item::Space(amount, AT))),
        1 => (id(), lifecycle, style()).prop_map(move |(participant, change, style)| {
            one(Item::Lifecycle { participant, change, style, span: AT })
        }),
        1 => prop::sample::select(vec![
            Autonumber::On { start: None, step: None, format: None },
            Autonumber::On { start: Some("1.1".into()), step: Some("5".into()), format: Some("<\"0\">".into()) },
            Autonumber::Off,
            Autonumber::Resume { step: Some("-2".into()), format: None },
            Autonumber::Increment("A".into()),
        ]).prop_map(move |numbers| one(Item::Autonumber(numbers, AT))),
        1 => Just(one(Item::Style("option footer=bar".into(), AT))),
        1 => text().prop_map(move |text| one(Item::Comment(format!(" {text}").trim_end().to_owned(), AT))),
        2 => arrow().prop_map(|arrow| vec![Item::Blank, arrow]),
    ]
}

fn items() -> impl Strategy<Value = Vec<Item>> {
    let leaf = prop::collection::vec(small(), 0..5).prop_map(|items| items.concat());
    leaf.prop_recursive(3, 24, 4, |inner| {
        let guarded = prop::sample::select(vec![
            FragmentKind::Alt,
            FragmentKind::Opt,
            FragmentKind::Par,
            FragmentKind::Seq,
            FragmentKind::Strict,
            FragmentKind::Break,
            FragmentKind::Critical,
            FragmentKind::Neg,
            FragmentKind::Assert,
            FragmentKind::Group,
        ]);
        let loops = (0u32..4, 0u32..4, any::<bool>()).prop_map(|(min, more, endless)| {
            FragmentKind::Loop(Turns::Between { min, max: (!endless).then_some(min + more) })
        });
        let patterns = Just(vec!["ping".to_owned(), "user {who} typing".to_owned()]);
        let kind = prop_oneof![
            4 => guarded,
            2 => loops,
            1 => patterns.clone().prop_map(FragmentKind::Ignore),
            1 => patterns.prop_map(FragmentKind::Consider),
        ];
        let operands = prop::collection::vec((text(), inner.clone()), 1..4);
        let fragment = (kind, operands, style()).prop_map(|(kind, operands, style)| {
            let several = matches!(kind, FragmentKind::Alt | FragmentKind::Par | FragmentKind::Group);
            let no_guard = matches!(kind, FragmentKind::Ignore(_) | FragmentKind::Consider(_));
            let operands = operands.into_iter().take(if several { 4 } else { 1 }).map(|(guard, body)| Operand {
                // A colour behind a colour is one style; that reading is not the generator's matter.
                guard: if no_guard || guard.starts_with('#') { String::new() } else { guard },
                body,
                style: None,
                span: AT,
            });
            Item::Fragment(Fragment { kind, operands: operands.collect(), style, span: AT })
        });
        let group = (text(), style(), inner.clone())
            .prop_map(|(title, style, body)| Item::Group(ParticipantGroup { title, style, body, span: AT }));
        (inner.clone(), prop_oneof![5 => fragment, 1 => group], inner).prop_map(|(mut before, block, after)| {
            before.push(block);
            before.extend(after);
            before
        })
    })
}

fn settings() -> impl Strategy<Value = Vec<Setting>> {
    let one = prop_oneof![
        Just(Setting::Binding("./my chat.toml".into(), AT)),
        time().prop_map(|time| Setting::Timeout(time, AT)),
        any::<u64>().prop_map(|seed| Setting::Seed(seed, AT)),
        text().prop_map(|value| Setting::Var { name: "name".into(), value, span: AT }),
        Just(Setting::Expect { verdict: "fail".into(), class: Some("wrong payload".into()), span: AT }),
        Just(Setting::Needs(vec![("auth".into(), Some("required".into())), ("sse".into(), None)], AT)),
        Just(Setting::Tags(vec!["smoke".into(), "slow".into()], AT)),
        text().prop_map(|reason| Setting::Skip(format!("since {reason}").trim().to_owned(), AT)),
    ];
    prop::collection::vec(one, 0..3)
}

/// A diagram as a reader would make it: lifelines numbered as they appear, and declared where they say so.
fn diagram() -> impl Strategy<Value = Diagram> {
    let facts = (name(), prop::option::of(text()), 0usize..9, style(), 0u8..4);
    let facts = prop::collection::vec(facts, 6).prop_filter("names differ", |facts| {
        facts.iter().enumerate().all(|(at, one)| facts[..at].iter().all(|other| one.0 != other.0))
    });
    (facts, prop::option::of(text()), settings(), items()).prop_map(|(facts, title, settings, body)| {
        let mut declared: Vec<Item> = Vec::new();
        let mut participants: Vec<Participant> = Vec::new();
        for (index, (id, label, kind, style, how)) in facts.into_iter().enumerate() {
            let (_, keyword) = ParticipantKind::ALL[kind];
            let kind = ParticipantKind::from_keyword(keyword).unwrap_or_default();
            let at = ParticipantId(index as u32);
            match how {
                0 | 1 => declared.push(Item::Declare(at, AT)),
                2 => declared.push(Item::Lifecycle {
                    participant: at,
                    change: Lifecycle::Create(Create::Declaring),
                    style: None,
                    span: AT,
                }),
                _ => {}
            }
            let mut one = Participant { id, label, kind, style, declared: how < 3, span: AT };
            // No drawn name is the name of another lifeline: that is a mistake of its own.
            one.label = one.label.map(|label| format!("{label} drawn"));
            if !one.declared {
                (one.label, one.kind, one.style) = (None, ParticipantKind::Participant, None);
            }
            participants.push(one);
        }
        declared.extend(body);
        let title = title.filter(|title| !title.is_empty());
        let diagram = Diagram { title, participants, settings, body: declared, span: AT, ..Diagram::default() };
        renumbered(tidy(diagram))
    })
}

/// Blank lines as a reader keeps them.
fn tidy(mut diagram: Diagram) -> Diagram {
    fn runs(items: &mut Vec<Item>) {
        items.dedup_by(|one, before| *one == Item::Blank && *before == Item::Blank);
        for item in items {
            match item {
                Item::Fragment(fragment) => fragment.operands.iter_mut().for_each(|one| runs(&mut one.body)),
                Item::Group(group) => runs(&mut group.body),
                _ => {}
            }
        }
    }
    runs(&mut diagram.body);
    if diagram.body.first() == Some(&Item::Blank) {
        diagram.body.remove(0);
    }
    diagram
}

/// Lifelines in the order in which the text first shows them; those that it never shows are gone.
fn renumbered(mut diagram: Diagram) -> Diagram {
    let mut order: BTreeMap<u32, u32> = BTreeMap::new();
    for_each_id(&mut diagram.body, &mut |id| {
        let next = order.len() as u32;
        id.0 = *order.entry(id.0).or_insert(next);
    });
    let mut kept: Vec<(u32, Participant)> = Vec::new();
    for (old, participant) in diagram.participants.into_iter().enumerate() {
        if let Some(&new) = order.get(&(old as u32)) {
            kept.push((new, participant));
        }
    }
    kept.sort_by_key(|(new, _)| *new);
    diagram.participants = kept.into_iter().map(|(_, participant)| participant).collect();
    diagram
}

fn for_each_id(items: &mut [Item], visit: &mut dyn FnMut(&mut ParticipantId)) {
    for item in items {
        match item {
            Item::Declare(id, _) | Item::Lifecycle { participant: id, .. } => visit(id),
            Item::Group(group) => for_each_id(&mut group.body, visit),
            Item::Fragment(fragment) => {
                fragment.operands.iter_mut().for_each(|operand| for_each_id(&mut operand.body, visit));
            }
            Item::Arrow(arrow) => {
                // An arrow to the left edge or from the right one is drawn from its receiver on; no second lifeline.
                for end in [&mut arrow.from, &mut arrow.to] {
                    match end {
                        End::Participant(id) => visit(id),
                        End::Everyone { except } => except.iter_mut().for_each(&mut *visit),
                        End::Several(ids) => ids.iter_mut().for_each(&mut *visit),
                        End::Outside(_) => {}
                    }
                }
            }
            Item::Note(note) => match &mut note.place {
                NotePlace::LeftOf(id) | NotePlace::RightOf(id) => visit(id),
                NotePlace::Over(ids) => ids.iter_mut().for_each(&mut *visit),
                NotePlace::Across | NotePlace::LeftOfArrow | NotePlace::RightOfArrow => {}
            },
            Item::Ref(reference) => reference.over.iter_mut().for_each(&mut *visit),
            _ => {}
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_printed_diagram_is_read_as_it_was(diagram in diagram()) {
        prop_assume!(!diagram.participants.is_empty());
        let text = printed(&diagram);
        let again = match read(&text) {
            Ok(parsed) => parsed.diagram.without_spans(),
            Err(problems) => return Err(TestCaseError::fail(format!("{problems}\nprinted:\n{text}"))),
        };
        prop_assert_eq!(&again, &diagram, "printed:\n{}", text);
        prop_assert_eq!(printed(&again), text);
    }

    #[test]
    fn any_text_is_read_or_refused_and_what_is_read_survives(lines in prop::collection::vec(line(), 0..12)) {
        let text = lines.join("\n");
        if let Ok(parsed) = read(&text) {
            let canonical = printed(&parsed.diagram);
            let again = match read(&canonical) {
                Ok(parsed) => parsed.diagram,
                Err(problems) => return Err(TestCaseError::fail(format!("{problems}\nprinted:\n{canonical}\nof:\n{text}"))),
            };
            prop_assert_eq!(again.without_spans(), parsed.diagram.without_spans(), "printed:\n{}\nof:\n{}", canonical, text);
            prop_assert_eq!(printed(&again), canonical);
        }
    }
}

/// A line of pieces of statements: often a statement, often nearly one.
fn line() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "A",
        "B",
        "Alice",
        "Chat Server",
        "->",
        "-->",
        "<-",
        "<->",
        "->>",
        "-x",
        " x- ",
        "->+",
        "->*",
        ":",
        ": ",
        " hello",
        " ",
        "\"",
        "\"a b\"",
        "#",
        "#red",
        "#@ ",
        "note ",
        "over ",
        "left of ",
        ",",
        "alt ",
        "else",
        "end",
        "loop ",
        "3",
        "par ",
        "and",
        "participant ",
        " as ",
        "actor ",
        "[",
        "]",
        "*",
        " except ",
        "==",
        "...",
        "title ",
        "//",
        "'",
        "é",
        "(5)",
        "{",
        "}",
        "\\n",
        "–>",
        "“",
        "ignore ",
        "never",
        "within 3s",
        "box ",
        "participantgroup ",
        "create ",
        "destroy ",
        "activate ",
        "ref over ",
        "end note",
        "state ",
        "autonumber ",
        "space ",
        "option ",
        "rect ",
        "/*",
        "*/",
    ]);
    prop_oneof![
        3 => prop::collection::vec(pieces, 0..7).prop_map(|pieces| pieces.concat()),
        2 => prop::sample::select(vec!["A->B: x", "B->A", "alt x", "else y", "end", "note over A: x", "", "# c"])
            .prop_map(str::to_owned),
        1 => any::<String>().prop_map(|any| any.chars().take(30).collect()),
    ]
}
