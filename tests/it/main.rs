//! All integration tests in one binary, so that the suite links once.
//!
//! Unit tests live beside the code; what crosses stages lives here, a module for each subject, in alphabetical order.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "tests tell what they skip and what they counted")]

mod answers;
mod architecture;
mod bad_input;
mod besides;
mod bindings;
mod blame;
mod cases;
mod causes;
mod ci;
mod command;
mod contents;
mod cookbook;
mod cookies;
mod corpus;
mod cost;
mod deleted;
mod dialects;
mod dialled;
mod docs;
mod echo;
mod ends;
mod excused;
#[allow(dead_code, reason = "a kit: not every tool in it is used by every test")]
mod field;
mod gallery;
mod harm;
mod inherits;
mod judge;
mod language;
mod launch;
mod leftovers;
mod lint;
mod listening;
mod locked;
mod markdown;
mod meaning;
mod mermaid;
mod mutants;
mod native;
mod net;
mod one_meaning;
mod one_server;
mod options;
mod orders;
mod pages;
mod pictures;
mod plantuml;
mod play;
mod power;
mod preamble;
mod references;
mod relay;
mod rewriting;
mod roles;
mod root;
mod secrets;
mod serve;
mod server;
mod shapes;
mod shell;
mod shown;
mod slips;
mod speed;
mod sweep;
mod tls;
mod told;
mod trust;
mod tutorial;
mod verdicts;
mod waiting;
mod ways;
mod words;
