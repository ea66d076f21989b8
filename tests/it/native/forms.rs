use super::{canonical, read};
use seqcheck::diagram::{Drawn, End, FragmentKind, Head, Item, Line, Side, Turns};

/// Each form, and how it is printed; `=` where it is canonical.
const FORMS: &[(&str, &str)] = &[
    // Arrows.
    ("A->B: hello", "="),
    (" \tA -> B : hello world  ", "A->B: hello world"),
    ("A-->B: x", "="),
    ("A->>B: x", "="),
    ("A-->>B: x", "="),
    ("A<-B: x", "="),
    ("A<--B: x", "="),
    ("A<<-B: x", "="),
    ("A<<--B: x", "="),
    ("A<->B: x", "="),
    ("A<-->B: x", "="),
    ("A<<->>B: x", "="),
    ("A->B", "="),
    ("A->B:", "A->B"),
    ("A->A: self", "="),
    ("A->B: x\nA<-B: y", "A->B: x\nB->A: y"),
    ("A->B: a: b # c ; d // e \"f\" {g} 🙂 -> h", "="),
    ("A->B: : x", "="),
    ("A->B: one\\ntwo", "="),
    ("Chat Server->web-client: x", "="),
    ("\"a: b\"->\"c, \\\"d\\\"\": x", "="),
    ("\"Alice\"->\"Bob\": x", "Alice->Bob: x"),
    ("中国->中国: Message", "="),
    ("A->+B: x", "="),
    ("A->B\nB-->-A: x", "="),
    ("A->*B: x", "="),
    ("A->*+B: x", "="),
    ("A->+*B: x", "A->*+B: x"),
    ("A->(5)B: x", "="),
    ("A<-(5)B: x", "="),
    ("A(5)<-B: x", "A<-(5)B: x"),
    ("A-[#red]>B: x", "="),
    ("A-[#red;3]->B: x", "A--[#red;3]>B: x"),
    ("A--[dashed]>>B: x", "="),
    ("A-#red:3>B: x", "A-[#red:3]>B: x"),
    ("A<-[#red]B: x", "="),
    ("A<-[groovy] rules: x", "A<-\"[groovy] rules\": x"),
    ("A<-[#red]->B: x", "A<--[#red]>B: x"),
    ("[->A: x", "="),
    ("A->]: x", "="),
    ("[<-A: x", "="),
    ("A<-]: x", "="),
    ("A->[: x", "[<-A: x"),
    ("A -x B: x", "="),
    ("A --x B: x", "="),
    ("A->B\nA-xB: x", "A->B\nA -x B: x"),
    ("A->x B: x", "A -x B: x"),
    ("A->>x B: x", "="),
    ("A x- B: x", "="),
    ("A x-- B: x", "="),
    ("A -x ]: x", "="),
    ("A->x: x", "="),
    ("A->a: x\nA->\"xa\": x", "="),
    ("A->\"xa\": x", "A->xa: x"),
    ("A-x \"pre-xml\":", "A -x \"pre-xml\":"),
    ("A->B\nServer->*: x", "="),
    ("A->B\nServer->* except A, B: x", "="),
    ("A->* : x", "A->*: x"),
    ("Database Server->Client: x", "\"Database Server\"->Client: x"),
    ("End User->Option Server: x", "\"End User\"->\"Option Server\": x"),
    ("note->end: x", "="),
    ("note -> state : x", "note->state: x"),
    ("Note Taker->Box Office: x", "\"Note Taker\"->\"Box Office\": x"),
    ("opt-in->loop1: x", "="),
    // Participants.
    ("participant A", "="),
    ("actor A", "="),
    ("PARTICIPANT A", "participant A"),
    ("boundary A\ncontrol B\nentity C\ndatabase D\nqueue E\ncollections F\ncloud G", "="),
    ("participant:actor A", "actor A"),
    ("participant : database A", "database A"),
    ("participant Chat Server", "="),
    ("participant \"Chat Server\" as Server", "="),
    ("participant Chat Server as S", "participant \"Chat Server\" as S"),
    ("participant Alpha as a", "="),
    ("participant \"A\" as A", "participant A"),
    ("participant \"a:b\"", "="),
    ("participant \"\" as A", "="),
    ("participant A #lightblue", "="),
    ("participant \"x y\" as A #red;2;dashed ##s", "="),
    ("participant C# Service", "participant \"C# Service\""),
    ("participant a: Alpha", "participant Alpha as a"),
    ("participant [groovy] rules", "participant \"[groovy] rules\""),
    ("participant \"a\\nb\" as A", "="),
    ("A->B\nparticipant A", "="),
    ("rparticipant A", "participant A"),
    ("participantgroup #red Backend\n    participant A\nend", "="),
    ("participantgroup\n    participant A\n    participantgroup B\n        participant C\n    end\nend", "="),
    ("box Title here\nparticipant A\nend box", "participantgroup Title here\n    participant A\nend"),
    ("box \"T\" #aqua\nparticipant A\nend", "participantgroup #aqua T\n    participant A\nend"),
    ("create A", "="),
    ("create participant A", "="),
    ("create actor \"A B\" as C", "="),
    ("create database", "="),
    ("activate A\ndeactivate A", "="),
    ("activate A #red\ndeactivate A", "="),
    ("A->B\ndestroy A", "="),
    ("A->B\ndestroyafter \"A\"", "A->B\ndestroyafter A"),
    // Notes and references.
    ("note over A: x", "="),
    ("note over A,B : x", "note over A, B: x"),
    ("note over A, \"b, c\", D: x", "="),
    ("note left of A: x", "="),
    ("NOTE RIGHT OF Chat Server: x", "note right of Chat Server: x"),
    ("note over A #lightyellow:x", "note over A #lightyellow: x"),
    ("note over A:", "="),
    ("note over A\n  one\n    two\n\n  three\nend note", "note over A\n    one\n      two\n\n    three\nend note"),
    ("note over A\none\nend note", "note over A: one"),
    ("note over A\nend note", "note over A:"),
    ("note left: x", "="),
    ("note across: x", "="),
    ("state over A: x", "="),
    ("state over A\n    x\n    y\nend state", "="),
    ("box over A: x", "="),
    ("rbox right of A #red: x", "="),
    ("abox over A: x", "="),
    ("aboxright right of A: x", "abox right of A: x"),
    ("ref over A, B: login", "="),
    ("ref over A\n    one\n    two\nend ref", "="),
    // Fragments.
    ("alt\n    A->B\nend", "="),
    ("alt yes\nA->B\nelse no\nB->A\nelse\nend alt", "alt yes\n    A->B\nelse no\n    B->A\nelse\nend"),
    ("alt: [x]\nelse: [y]\nend", "alt [x]\nelse [y]\nend"),
    ("alt#gold #pink some\nend", "="),
    ("alt #gold\nend", "alt: #gold\nend"),
    ("alt: -> x\nend", "="),
    ("alt : x\nend", "="),
    ("opt x\nend", "="),
    ("par x\nand y\nelse z\nend", "par x\nand y\nand z\nend"),
    ("break x\nend\ncritical x\nend\nseq\nend\nstrict\nend\nneg\nend\nassert\nend\ngroup a [b]\nend", "="),
    ("critical x\nelse y\nend", "="),
    ("parallel\nA->B\nend", "parallel\n    A->B\nend"),
    ("parallel {\nA->B\n}", "parallel\n    A->B\nend"),
    ("parallel\nparallel off", "parallel\nend"),
    ("serial {\n}", "seq\nend"),
    ("loop\nend\nloop 3\nend\nloop 1..5 x\nend\nloop 0..*\nend", "="),
    ("loop(1,5)\nend\nloop 0,*\nend\nloop 3 times\nend", "loop 1..5\nend\nloop 0..*\nend\nloop 3 times\nend"),
    ("loop every 5 s\nend\nloop: [x]\nend", "loop every 5 s\nend\nloop [x]\nend"),
    ("ignore {a, b {x}}\nend\nconsider a\nend", "ignore {a, b {x}}\nend\nconsider {a}\nend"),
    ("rect rgb(1,2,3)\nend\nrect#red\nend", "rect rgb(1,2,3)\nend\nrect #red\nend"),
    ("region x\nend\nexpandable+ y\nend\nblock: z\nend", "group region x\nend\ngroup expandable y\nend\ngroup z\nend"),
    ("block(a=\"b\"): [x]\nend", "group [x]\nend"),
    ("alt x\n\n    # c\n\n    A->B\n\nend", "="),
    // The rest.
    ("title Some text: here", "="),
    ("Title: x", "title x"),
    ("title:: x", "title: : x"),
    ("title: -> x", "="),
    ("== part ==", "="),
    ("====", "== =="),
    ("==a==[#red]", "== a =="),
    ("horizontal gap: x\nhorizontal line", "== x ==\n== =="),
    ("...3s...\n...\n...a while...", "="),
    ("…5 minutes…\n......", "...5 minutes...\n..."),
    ("space\nspace 3\nspace -2", "="),
    ("autonumber\nautonumber 5\nautonumber 5 10\nautonumber off", "="),
    (
        "autonumber 1 \"<b>0</b>\"\nautonumber stop\nautonumber resume\nautonumber inc A",
        "autonumber 1 \"<b>0</b>\"\nautonumber off\nautonumber resume\nautonumber inc A",
    ),
    ("A->B\noption footer=bar\nstyle participant (color = \"blue\")", "="),
    ("# a\n#b\n// c\n' d\n%% e\n%%{f}%%\nA->B", "# a\n#b\n# c\n# d\n# e\n#{f}%%\nA->B"),
    ("/* a */\n/*\nb\n\n  c */\nA->B", "# a\n# b\n# c\nA->B"),
    ("A->B\n\n\n \nB->A\n\n", "A->B\n\nB->A"),
    ("\n\nA->B", "A->B"),
    ("\u{feff}A->B\r\n\r\nB->A: x\r\n", "A->B\n\nB->A: x"),
    // Directives.
    (
        "#@ binding chat\n//@ timeout 5s\n'@ settle 200 ms\n%%@ seed 7\nA->B",
        "#@ binding chat\n#@ timeout 5s\n#@ settle 200ms\n#@ seed 7\nA->B",
    ),
    ("title x\n#@ order burst\n\nA->B", "="),
    ("#@ simulate A, \"B, C\"\n#@ test D\nA->\"B, C\"\nD->A", "="),
    ("A->B\n#@ tags a b\n#@ var x = y", "#@ tags a, b\n#@ var x = y\nA->B"),
    ("#@ clients Watcher = 50\nWatcher->Server\nWatcher1->Server", "="),
    ("#@ unordered\nA->B\nA->C\n\nA->D", "="),
    ("#@ never\nalt x\n    #@ within 500ms\n    #@ after 3s\n    A->B\nend", "="),
    (
        "#@ between 2500ms and 4s\n#@ depends 1\n#@ depends \"a \\\"b\\\"\"\n#@ known-failure why\n#@ raw\n#@ quote \"clause\" RFC 1\n#@ allow SQ104 why\nA->B",
        "=",
    ),
    ("A->B\n#@ ignore A, B: user {x}\n#@ ignore message: {x}\n#@ consider *: A: {x}", "="),
];

#[test]
fn every_form_is_read_and_printed() {
    let mut wrong = String::new();
    for (text, expected) in FORMS {
        let expected = if *expected == "=" { text } else { expected };
        let found = std::panic::catch_unwind(|| canonical(text));
        match found.as_deref().map(|found| found.trim_end_matches('\n')) {
            Ok(found) if found == *expected => {}
            Ok(found) => wrong.push_str(&format!("{text}\n  is printed as\n{found}\n\n")),
            Err(_) => wrong.push_str(&format!("{text}\n  does not survive\n\n")),
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn the_first_diagram_is_canonical() {
    let text = include_str!("../../../scenarios/chat.seq");
    assert_eq!(canonical(text), text);
    let diagram = read(text).expect("it is a diagram").diagram;
    assert_eq!(diagram.title.as_deref(), Some("WebSocket Chat Flow"));
    assert_eq!(diagram.participants.iter().map(|one| one.drawn()).collect::<Vec<_>>(), ["Alice", "Bob", "Chat Server"]);
    assert_eq!(diagram.body.iter().filter(|item| matches!(item, Item::Arrow(_))).count(), 12);
}

/// The arrow of a text that is one.
fn arrow(text: &str) -> (End, End, Drawn) {
    let diagram = read(text).expect(text).diagram;
    match diagram.body.last() {
        Some(Item::Arrow(arrow)) => (arrow.from.clone(), arrow.to.clone(), arrow.drawn.clone()),
        other => panic!("no arrow in {text}: {other:?}"),
    }
}

#[test]
fn arrows_mean_what_they_show() {
    let id = |name: &str| End::Participant(read("A->B").expect("two lifelines").diagram.find(name).expect("drawn"));
    let drawn = |change: &dyn Fn(&mut Drawn)| {
        let mut drawn = Drawn::default();
        change(&mut drawn);
        drawn
    };
    assert_eq!(arrow("A->B: x"), (id("A"), id("B"), Drawn::default()));
    assert_eq!(arrow("A<-B: x"), (id("B"), id("A"), Drawn::default()));
    assert_eq!(arrow("A-->>B"), (id("A"), id("B"), drawn(&|d| (d.line, d.head) = (Line::Dashed, Head::Open))));
    assert_eq!(arrow("A<->B"), (id("A"), id("B"), drawn(&|d| d.both = true)));
    assert_eq!(arrow("A<<-->>B").2, drawn(&|d| (d.both, d.line, d.head) = (true, Line::Dashed, Head::Open)));
    assert_eq!(arrow("A->*+B").2, drawn(&|d| (d.create, d.activate) = (true, true)));
    assert_eq!(arrow("A->B\nA->-B").2, drawn(&|d| d.deactivate = true));
    assert_eq!(arrow("A->(15)B").2, drawn(&|d| d.slant = Some(15)));
    assert_eq!(arrow("A--x B:").2, drawn(&|d| (d.lost, d.line) = (true, Line::Dashed)));
    assert_eq!(arrow("A x- B:"), (id("B"), id("A"), drawn(&|d| d.lost = true)));
    assert_eq!(arrow("[->A").0, End::Outside(Side::Left));
    assert_eq!(arrow("A->]").1, End::Outside(Side::Right));
    assert_eq!(arrow("A->*: x").1, End::Everyone { except: vec![] });
    let End::Participant(first) = id("A") else { panic!("A is a lifeline") };
    assert_eq!(arrow("A->* EXCEPT A: x").1, End::Everyone { except: vec![first] });
}

#[test]
fn fragments_mean_what_they_say() {
    let kind = |text: &str| match read(&format!("{text}\nA->B\nend")).expect(text).diagram.body.remove(0) {
        Item::Fragment(fragment) => (fragment.kind, fragment.operands[0].guard.clone()),
        other => panic!("{text}: {other:?}"),
    };
    let loops = |min, max| FragmentKind::Loop(Turns::Between { min, max });
    assert_eq!(kind("loop(1,5) until done"), (loops(1, Some(5)), "until done".to_owned()));
    assert_eq!(kind("loop 0,*"), (loops(0, None), String::new()));
    assert_eq!(kind("LOOP while awake"), (FragmentKind::Loop(Turns::Free), "while awake".to_owned()));
    assert_eq!(kind("ignore {ping, typing {who}}").0, FragmentKind::Ignore(vec!["ping".into(), "typing {who}".into()]));
    assert_eq!(kind("serial").0, FragmentKind::Seq);
    assert_eq!(kind("critical x\nelse y").0, FragmentKind::TryRecover);
    assert_eq!(kind("group login [again]"), (FragmentKind::Group, "login [again]".to_owned()));
}

#[test]
fn places_are_those_of_the_text() {
    let text = "title x\r\n\r\n  Alice -> Bob :  hi there \r\nalt y\n Bob->Alice\nend alt";
    let diagram = read(text).expect("two arrows").diagram;
    let of = |span: seqcheck::source::Span| &text[span.range()];
    let Some(Item::Arrow(arrow)) = diagram.body.get(1) else { panic!("{:?}", diagram.body) };
    assert_eq!((of(arrow.span), of(arrow.label_span)), ("Alice -> Bob :  hi there", "hi there"));
    assert_eq!(of(diagram.participants[1].span), "Bob");
    let Some(Item::Fragment(fragment)) = diagram.body.get(2) else { panic!("{:?}", diagram.body) };
    assert_eq!(of(fragment.span), "alt y\n Bob->Alice\nend alt");
    let Item::Arrow(inner) = &fragment.operands[0].body[0] else { panic!("{fragment:?}") };
    assert_eq!(
        (of(inner.label_span), inner.label_span.start, inner.label_span.end),
        ("", inner.span.end, inner.span.end)
    );
}

#[test]
fn a_part_of_a_text_is_read_alone() {
    let text = "# Heading\n```seq\nAlice->Bob: hi\n```\n";
    let mut sources = seqcheck::source::Sources::new();
    let id = sources.add(seqcheck::source::Source::new("page.md", text));
    let part = text.find("Alice").expect("there")..text.rfind("```").expect("there");
    let parsed = seqcheck::syntax::parse(&sources, id, part, seqcheck::syntax::Dialect::Native).expect("one arrow");
    let Some(Item::Arrow(arrow)) = parsed.diagram.body.first() else { panic!("{parsed:?}") };
    assert_eq!(sources.position(arrow.span).line, 3);
    assert_eq!(sources.slice(arrow.label_span), "hi");
}
