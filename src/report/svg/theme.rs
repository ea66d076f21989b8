//! Colours and fonts. Every colour of a finding is from a set that colour-blind readers can tell apart (after Okabe and
//! Ito), dark enough on white and light enough on the dark ground for text; and each also has a sign and a word.

/// The size of text on arrows and in notes, in pixels.
pub(super) const SIZE: f32 = 13.0;
/// The size of remarks of a run, tags and guards.
pub(super) const SMALL: f32 = 11.0;
/// The size of the title.
pub(super) const TITLE: f32 = 17.0;
/// From baseline to baseline.
pub(super) const LEADING: f32 = 16.0;

/// Whose colours a picture has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Theme {
    /// The reader's.
    #[default]
    Auto,
    /// Dark on white.
    Light,
    /// Light on black.
    Dark,
}

/// What begins the second half of [`STYLE`].
const DARK: &str = "@media (prefers-color-scheme:dark){\n";

/// The style sheet of a theme.
pub(super) fn style(theme: Theme) -> String {
    let (light, dark) = STYLE.split_once(DARK).unwrap_or((STYLE, ""));
    match theme {
        Theme::Auto => STYLE.to_owned(),
        Theme::Light => format!("{light}</style>\n"),
        // What comes last counts.
        Theme::Dark => format!(
            "{light}{}</style>\n",
            dark.trim_end().trim_end_matches("</style>").trim_end().trim_end_matches('}')
        ),
    }
}

/// The style sheet. The first half is the light theme, for which no media query is needed.
pub(super) const STYLE: &str = r##"<style>
.seqcheck{font-family:"DejaVu Sans",Verdana,"Noto Sans",system-ui,sans-serif;font-size:13px}
.seqcheck .emoji{font-family:"Noto Color Emoji","Apple Color Emoji","Segoe UI Emoji","DejaVu Sans",sans-serif}
.seqcheck .ground{fill:#ffffff}
.seqcheck text{fill:#1f2328;white-space:pre}
.seqcheck .title{font-size:17px}
.seqcheck .small{font-size:11px}
.seqcheck .label{paint-order:stroke;stroke:#ffffff;stroke-width:4px;stroke-linejoin:round}
.seqcheck .life{stroke:#8c959f;stroke-width:1;fill:none}
.seqcheck .gap{stroke:#8c959f;stroke-width:1;stroke-dasharray:1 5;fill:none}
.seqcheck .head{fill:#eef2f6;stroke:#57606a;stroke-width:1.2}
.seqcheck .tested{stroke-width:2.4}
.seqcheck .figure{fill:#eef2f6;stroke:#57606a;stroke-width:1.5;stroke-linecap:round;stroke-linejoin:round}
.seqcheck .box{fill:#f6f8fa;stroke:#d0d7de}
.seqcheck .bar{fill:#ffffff;stroke:#57606a}
.seqcheck .line{stroke:#24292f;stroke-width:1.4;fill:none}
.seqcheck .dashed{stroke-dasharray:6 4}
.seqcheck .tip{fill:#24292f;stroke:#24292f;stroke-width:1.2;stroke-linejoin:round}
.seqcheck .open{fill:none;stroke-width:1.5;stroke-linecap:round}
.seqcheck .frame{fill:none;stroke:#57606a;stroke-width:1.1}
.seqcheck .fill{fill:#f6f8fa;stroke:none}
.seqcheck .none{fill:none;stroke:none}
.seqcheck .split{stroke:#57606a;stroke-dasharray:5 4;fill:none}
.seqcheck .tab{fill:#eef2f6;stroke:#57606a;stroke-width:1.1}
.seqcheck .choice{fill:#ddf4ff}.seqcheck .turns{fill:#fbefff}.seqcheck .beside{fill:#dafbe1}
.seqcheck .perhaps{fill:#fff1e5}.seqcheck .leaves{fill:#ffebe9}
.seqcheck .note{fill:#fff8c5;stroke:#b8a33f}
.seqcheck .ref{fill:#ffffff;stroke:#57606a;stroke-width:1.1}
.seqcheck .rule{stroke:#57606a;fill:none}
.seqcheck .plate{fill:#ffffff;stroke:#57606a}
.seqcheck .faint text{fill:#6e7781}
.seqcheck .faint .line{stroke:#afb8c1}
.seqcheck .faint .tip{stroke:#afb8c1;fill:#afb8c1}
.seqcheck .faint .open{fill:none}
.seqcheck .missing text{fill:#b3261e}.seqcheck .missing .line,.seqcheck .missing .tip{stroke:#b3261e;stroke-width:2}
.seqcheck .missing .tip{fill:#b3261e}
.seqcheck .extra text{fill:#7b2d8e}.seqcheck .extra .line,.seqcheck .extra .tip{stroke:#7b2d8e;stroke-width:2}
.seqcheck .extra .tip{fill:#7b2d8e}
.seqcheck .moved text{fill:#0a58a8}.seqcheck .moved .line,.seqcheck .moved .tip{stroke:#0a58a8;stroke-width:2}
.seqcheck .moved .tip{fill:#0a58a8}
.seqcheck .wrong text{fill:#8f4a00}.seqcheck .wrong .line,.seqcheck .wrong .tip{stroke:#8f4a00;stroke-width:2}
.seqcheck .wrong .tip{fill:#8f4a00}
.seqcheck .tip.open{fill:none}
.seqcheck .link{stroke:#0a58a8;stroke-width:1.4;stroke-dasharray:2 3;fill:none}
.seqcheck .good{fill:#1a7f37}
.seqcheck .bad{fill:#b3261e}
.seqcheck .warn{fill:#8f4a00}
@media (prefers-color-scheme:dark){
.seqcheck .ground{fill:#0d1117}
.seqcheck text{fill:#e6edf3}
.seqcheck .label{stroke:#0d1117}
.seqcheck .life,.seqcheck .gap{stroke:#6e7681}
.seqcheck .head,.seqcheck .figure,.seqcheck .tab{fill:#21262d;stroke:#9198a1}
.seqcheck .box,.seqcheck .fill{fill:#161b22;stroke:#30363d}
.seqcheck .bar,.seqcheck .ref,.seqcheck .plate{fill:#0d1117;stroke:#9198a1}
.seqcheck .line{stroke:#e6edf3}
.seqcheck .tip{fill:#e6edf3;stroke:#e6edf3}
.seqcheck .frame,.seqcheck .split,.seqcheck .rule{stroke:#9198a1}
.seqcheck .choice{fill:#0c2d6b}.seqcheck .turns{fill:#3c1e70}.seqcheck .beside{fill:#033a16}
.seqcheck .perhaps{fill:#4d2d00}.seqcheck .leaves{fill:#5d1912}
.seqcheck .note{fill:#3a3212;stroke:#8a7a2e}
.seqcheck .faint text{fill:#8b949e}
.seqcheck .faint .line{stroke:#484f58}
.seqcheck .faint .tip{stroke:#484f58;fill:#484f58}
.seqcheck .missing text{fill:#ff9b8f}.seqcheck .missing .line,.seqcheck .missing .tip{stroke:#ff9b8f}
.seqcheck .missing .tip{fill:#ff9b8f}
.seqcheck .extra text{fill:#dda0f0}.seqcheck .extra .line,.seqcheck .extra .tip{stroke:#dda0f0}
.seqcheck .extra .tip{fill:#dda0f0}
.seqcheck .moved text{fill:#79b8ff}.seqcheck .moved .line,.seqcheck .moved .tip{stroke:#79b8ff}
.seqcheck .moved .tip{fill:#79b8ff}
.seqcheck .wrong text{fill:#f0b072}.seqcheck .wrong .line,.seqcheck .wrong .tip{stroke:#f0b072}
.seqcheck .wrong .tip{fill:#f0b072}
.seqcheck .tip.open{fill:none}
.seqcheck .link{stroke:#79b8ff}
.seqcheck .good{fill:#56d364}
.seqcheck .bad{fill:#ff9b8f}
.seqcheck .warn{fill:#f0b072}
}
</style>
"##;
