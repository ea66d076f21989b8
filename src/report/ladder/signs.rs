use crate::diagram::{Head, Line};

/// The signs of a drawing.
pub(super) struct Signs {
    pub(super) life: &'static str,
    pub(super) active: &'static str,
    pub(super) faded: &'static str,
    pub(super) solid: &'static str,
    pub(super) dashed: &'static str,
    pub(super) double: &'static str,
    pub(super) cross: &'static str,
    pub(super) end: &'static str,
    pub(super) more: &'static str,
    pub(super) turn: (&'static str, &'static str),
    /// Corners: upper left, upper right, lower left, lower right; then the tees at the left and right.
    pub(super) corners: [&'static str; 4],
    pub(super) tees: (&'static str, &'static str),
    pub(super) side: &'static str,
    ascii: bool,
}

impl Signs {
    pub(super) fn of(ascii: bool) -> Signs {
        if ascii {
            return Signs {
                life: "|",
                active: "#",
                faded: ":",
                solid: "-",
                dashed: ".",
                double: "=",
                cross: "+",
                end: "x",
                more: "..",
                turn: (".", "'"),
                corners: ["+", "+", "+", "+"],
                tees: ("+", "+"),
                side: "|",
                ascii,
            };
        }
        Signs {
            life: "│",
            active: "┃",
            faded: "┊",
            solid: "─",
            dashed: "╌",
            double: "═",
            cross: "┼",
            end: "✕",
            more: "…",
            turn: ("┐", "┘"),
            corners: ["┌", "┐", "└", "┘"],
            tees: ("├", "┤"),
            side: "│",
            ascii,
        }
    }

    /// The body of an arrow.
    pub(super) fn line(&self, line: Line) -> &'static str {
        match line {
            Line::Solid => self.solid,
            Line::Dashed => self.dashed,
        }
    }

    /// The head of an arrow, pointing right or left.
    pub(super) fn head(&self, head: Head, right: bool, body: &'static str) -> &'static str {
        match (head, self.ascii, right) {
            (Head::None, _, _) => body,
            (Head::Cross, false, _) => "✕",
            (Head::Cross, true, _) => "x",
            (Head::Filled, false, true) => "▶",
            (Head::Filled, false, false) => "◀",
            (Head::Open | Head::Filled, true, true) | (Head::Open, false, true) => ">",
            (Head::Open | Head::Filled, true, false) | (Head::Open, false, false) => "<",
            (Head::HalfUpper, false, true) => "⇀",
            (Head::HalfUpper, false, false) => "↼",
            (Head::HalfLower, false, true) => "⇁",
            (Head::HalfLower, false, false) => "↽",
            (Head::HalfUpper | Head::HalfLower, true, true) => ">",
            (Head::HalfUpper | Head::HalfLower, true, false) => "<",
        }
    }
}
