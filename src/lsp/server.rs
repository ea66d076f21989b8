//! The loop: messages in, answers and diagnostics out.
//!
//! Requests are answered in the order in which they come. What a text comes to is worked out when nothing more is waiting, so
//! that who types fast is told of the last letter and not of each. A panic in an answer is an error of that answer; a panic
//! over a text is a diagnostic of that text.

use super::documents::Documents;
use super::host::{Host, Look, Played};
use super::protocol::{AtPosition, AtRange, DidChange, DidOpen, Document as Uri, Execute, OfDocument, Range};
use super::sheet::Sheet;
use super::{actions, completion, diagnostics, hover, lenses, links, names, outline, tokens, uri};
use crate::source::{Diagnostic, Severity};
use lsp_server::{Connection, ErrorCode, Message, Notification, Request, Response};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Weights of messages, as the protocol numbers them.
const WARNING: u8 = 2;
const INFO: u8 = 3;
/// A message of more lines is left in the log.
const SHOWN: usize = 60;

/// Speaks with one editor until it takes its leave.
///
/// # Errors
/// What it says is not the protocol.
pub fn serve(connection: &Connection, host: &mut dyn Host) -> Result<(), String> {
    let (id, params) = connection.initialize_start().map_err(|error| error.to_string())?;
    let server = json!({ "name": "seqcheck", "version": env!("CARGO_PKG_VERSION") });
    let result = json!({ "capabilities": capabilities(), "serverInfo": server });
    connection.initialize_finish(id, result).map_err(|error| error.to_string())?;
    let folders = folders(&params);
    host.open_folders(folders.clone());
    let mut server = Server { connection, host, documents: Documents::default(), folders };
    server.watch_files(&params);
    server.run()
}

/// What the server can do.
fn capabilities() -> Value {
    json!({
        "positionEncoding": "utf-16",
        "textDocumentSync": { "openClose": true, "change": 2, "save": { "includeText": false } },
        "documentSymbolProvider": true,
        "foldingRangeProvider": true,
        "documentFormattingProvider": true,
        "semanticTokensProvider": { "full": true, "legend": { "tokenTypes": tokens::KINDS, "tokenModifiers": [] } },
        "definitionProvider": true,
        "referencesProvider": true,
        "documentHighlightProvider": true,
        "renameProvider": { "prepareProvider": true },
        "hoverProvider": true,
        "completionProvider": { "triggerCharacters": [":", ">", "@"] },
        "codeActionProvider": { "codeActionKinds": ["quickfix", actions::FIX_ALL] },
        "codeLensProvider": {},
        "executeCommandProvider": { "commands": [lenses::PLAY, lenses::DRAW] },
        "workspace": { "workspaceFolders": { "supported": true, "changeNotifications": true } },
    })
}

/// The folders that are open, as the editor says it in one way or another.
fn folders(params: &Value) -> Vec<PathBuf> {
    let many = params["workspaceFolders"].as_array().into_iter().flatten().map(|folder| &folder["uri"]);
    let all = many.chain([&params["rootUri"]]).filter_map(Value::as_str).filter_map(uri::path);
    let mut folders: Vec<PathBuf> = all.collect();
    folders.extend(params["rootPath"].as_str().filter(|_| folders.is_empty()).map(PathBuf::from));
    folders.dedup();
    folders
}

/// Why a request has no answer.
pub enum Failure {
    /// What was asked does not make sense.
    Asked(String),
    /// It cannot be done, for a reason that a person is to read.
    Refused(String),
}

struct Server<'a> {
    connection: &'a Connection,
    host: &'a mut dyn Host,
    documents: Documents,
    folders: Vec<PathBuf>,
}

impl Server<'_> {
    fn run(&mut self) -> Result<(), String> {
        loop {
            let message = match self.documents.untold().map(str::to_owned) {
                None => match self.connection.receiver.recv() {
                    Ok(message) => message,
                    Err(_) => return Ok(()),
                },
                Some(uri) => match self.connection.receiver.try_recv() {
                    Ok(message) => message,
                    Err(error) if error.is_empty() => {
                        self.tell(&uri);
                        continue;
                    }
                    Err(_) => return Ok(()),
                },
            };
            match message {
                Message::Request(request) => {
                    if self.connection.handle_shutdown(&request).map_err(|error| error.to_string())? {
                        return Ok(());
                    }
                    self.request(request);
                }
                Message::Notification(notification) if notification.method == "exit" => return Ok(()),
                Message::Notification(notification) => self.notification(notification),
                Message::Response(_) => {}
            }
        }
    }

    fn send(&self, message: impl Into<Message>) {
        // Who has gone away hears nothing; the loop ends where it reads.
        let _ = self.connection.sender.send(message.into());
    }

    fn notify(&self, method: &str, params: Value) {
        self.send(Notification::new(method.to_owned(), params));
    }

    /// Asks to be told when files change on which open texts depend.
    fn watch_files(&self, params: &Value) {
        let able = &params["capabilities"]["workspace"]["didChangeWatchedFiles"]["dynamicRegistration"];
        if able.as_bool() != Some(true) {
            return;
        }
        let method = "workspace/didChangeWatchedFiles";
        let watchers = json!([{ "globPattern": "**/*.{toml,seq,mmd,puml,md}" }]);
        let registration = json!({ "id": method, "method": method, "registerOptions": { "watchers": watchers } });
        let params = json!({ "registrations": [registration] });
        self.send(Request::new("seqcheck-watch".to_owned().into(), "client/registerCapability".to_owned(), params));
    }

    fn notification(&mut self, notification: Notification) {
        let Notification { method, params } = notification;
        match method.as_str() {
            "textDocument/didOpen" => {
                let Ok(DidOpen { text_document }) = serde_json::from_value(params) else { return };
                let document = self.documents.open(text_document);
                self.host.set_unsaved(&document.path, Some(document.text.clone()));
            }
            "textDocument/didChange" => {
                let Ok(DidChange { text_document: of, content_changes }) = serde_json::from_value(params) else {
                    return;
                };
                if let Some(document) = self.documents.change(&of.uri, of.version, &content_changes) {
                    self.host.set_unsaved(&document.path, Some(document.text.clone()));
                }
            }
            "textDocument/didClose" => {
                let Ok(OfDocument { text_document }) = serde_json::from_value(params) else { return };
                if let Some(path) = self.documents.close(&text_document.uri) {
                    self.host.set_unsaved(&path, None);
                    let nothing = json!({ "uri": text_document.uri, "diagnostics": [] });
                    self.notify("textDocument/publishDiagnostics", nothing);
                }
            }
            "textDocument/didSave" | "workspace/didChangeWatchedFiles" => self.documents.all_changed(),
            "workspace/didChangeWorkspaceFolders" => {
                let event = &params["event"];
                let paths = |of: &Value| -> Vec<PathBuf> {
                    let all = of.as_array().into_iter().flatten();
                    all.filter_map(|folder| folder["uri"].as_str()).filter_map(uri::path).collect()
                };
                let removed = paths(&event["removed"]);
                self.folders.retain(|folder| !removed.contains(folder));
                self.folders.extend(paths(&event["added"]));
                self.host.open_folders(self.folders.clone());
                self.documents.all_changed();
            }
            // What is cancelled was answered before, and of the rest nothing follows.
            _ => {}
        }
    }

    fn request(&mut self, request: Request) {
        let Request { id, method, params } = request;
        let answer = catch_unwind(AssertUnwindSafe(|| self.answer(&method, params)));
        let fail = |code: ErrorCode, message: String| Response::new_err(id.clone(), code as i32, message);
        let response = match answer {
            Ok(Some(Ok(value))) => Response::new_ok(id.clone(), value),
            Ok(Some(Err(Failure::Asked(what)))) => fail(ErrorCode::InvalidParams, what),
            Ok(Some(Err(Failure::Refused(why)))) => fail(ErrorCode::RequestFailed, why),
            Ok(None) => fail(ErrorCode::MethodNotFound, format!("this server does not support {method}")),
            Err(panic) => fail(ErrorCode::InternalError, bug(&*panic)),
        };
        self.send(response);
    }

    /// The answer to a request; none where there is no such request.
    fn answer(&mut self, method: &str, params: Value) -> Option<Result<Value, Failure>> {
        let place = |sheet: &Sheet<'_>, asked: &AtPosition| sheet.offset(asked.position);
        Some(match method {
            "textDocument/documentSymbol" => self.of_text(params, |sheet| Ok(outline::symbols(sheet))),
            "textDocument/foldingRange" => self.of_text(params, |sheet| Ok(outline::folds(sheet))),
            "textDocument/semanticTokens/full" => self.of_text(params, |sheet| Ok(tokens::all(sheet))),
            "textDocument/codeLens" => self.of_text(params, |sheet| Ok(lenses::all(sheet))),
            "textDocument/formatting" => self.format(params),
            "textDocument/definition" => {
                self.of_place(params, |sheet, at| Ok(links::definition(sheet, place(sheet, at))))
            }
            "textDocument/references" => self.of_place(params, |sheet, at| {
                let declared = at.context["includeDeclaration"].as_bool() != Some(false);
                Ok(links::references(sheet, place(sheet, at), declared))
            }),
            "textDocument/documentHighlight" => {
                self.of_place(params, |sheet, at| Ok(links::highlights(sheet, place(sheet, at))))
            }
            "textDocument/prepareRename" => {
                self.of_place(params, |sheet, at| Ok(names::prepare(sheet, place(sheet, at))))
            }
            "textDocument/rename" => {
                self.of_place(params, |sheet, at| names::rename(sheet, place(sheet, at), &at.new_name))
            }
            "textDocument/hover" => self.of_place(params, |sheet, at| Ok(hover::hover(sheet, place(sheet, at)))),
            "textDocument/completion" => {
                self.of_place(params, |sheet, at| Ok(completion::all(sheet, place(sheet, at))))
            }
            "textDocument/codeAction" => read(params).and_then(|asked: AtRange| {
                self.with(&asked.text_document.uri, |sheet| Ok(actions::all(sheet, asked.range)))
            }),
            "workspace/executeCommand" => read(params).and_then(|asked| self.execute(asked)),
            _ => return None,
        })
    }

    /// What is known of an open text, for an answer.
    fn with(&mut self, uri: &str, answer: impl FnOnce(&Sheet<'_>) -> Result<Value, Failure>) -> Result<Value, Failure> {
        let look = self.look(uri);
        let (Some(look), Some(document)) = (look, self.documents.get(uri)) else {
            return Err(Failure::Asked(format!("{uri} is not open")));
        };
        let folder = folder_of(&self.folders, &document.path);
        let (text, lines) = (&*document.text, &document.lines);
        answer(&Sheet { uri, text, lines, look: &look, folder: &folder })
    }

    fn of_text(
        &mut self,
        params: Value,
        answer: impl FnOnce(&Sheet<'_>) -> Result<Value, Failure>,
    ) -> Result<Value, Failure> {
        let OfDocument { text_document } = read(params)?;
        self.with(&text_document.uri, answer)
    }

    fn of_place(
        &mut self,
        params: Value,
        answer: impl FnOnce(&Sheet<'_>, &AtPosition) -> Result<Value, Failure>,
    ) -> Result<Value, Failure> {
        let asked: AtPosition = read(params)?;
        let uri = asked.text_document.uri.clone();
        self.with(&uri, |sheet| answer(sheet, &asked))
    }

    /// `textDocument/formatting`
    fn format(&mut self, params: Value) -> Result<Value, Failure> {
        let OfDocument { text_document: Uri { uri } } = read(params)?;
        let document = self.documents.get(&uri).ok_or_else(|| Failure::Asked(format!("{uri} is not open")))?;
        let formatted = self.host.formatted(&document.path, &document.language);
        let text = formatted.map_err(|problems| refused(&problems))?;
        self.with(&uri, |sheet| {
            if sheet.text == text { Ok(Value::Array(Vec::new())) } else { Ok(json!([actions::whole(sheet, &text)])) }
        })
    }

    /// `workspace/executeCommand`
    fn execute(&mut self, asked: Execute) -> Result<Value, Failure> {
        let uri = asked.arguments.first().and_then(Value::as_str).unwrap_or_default().to_owned();
        let index = asked.arguments.get(1).map_or(Some(0), Value::as_u64).and_then(|index| usize::try_from(index).ok());
        let index = index.ok_or_else(|| Failure::Asked("the second argument is the number of a diagram".to_owned()))?;
        match asked.command.as_str() {
            lenses::PLAY => self.play(&uri, index),
            lenses::DRAW => {
                let drawn = self.with(&uri, |sheet| lenses::draw(sheet, index))?;
                self.show(INFO, drawn["text"].as_str().unwrap_or_default());
                Ok(drawn)
            }
            other => Err(Failure::Asked(format!("there is no command {other}"))),
        }
    }

    /// Plays a diagram, shows the report, and tells what was found at its place until the text changes.
    fn play(&mut self, uri: &str, index: usize) -> Result<Value, Failure> {
        let document = self.documents.get(uri).ok_or_else(|| Failure::Asked(format!("{uri} is not open")))?;
        let played = self.host.play(&document.path, &document.language, index);
        let Played { passed, report, findings } = played.map_err(|problems| refused(&problems))?;
        self.show(if passed { INFO } else { WARNING }, &report);
        if let Some(document) = self.documents.get_mut(uri) {
            let found = findings.iter().map(|(span, what)| {
                let range = document.lines.range(&document.text, span.range());
                diagnostics::plain(range, Severity::Error, "play", what)
            });
            document.played = found.collect();
            document.told = false;
        }
        Ok(json!({ "passed": passed, "report": report }))
    }

    /// Shows a text to the person; a long one is left in the log, where it can be read at leisure.
    fn show(&self, weight: u8, text: &str) {
        self.notify("window/logMessage", json!({ "type": weight, "message": text }));
        let lines = text.lines().count();
        let first = text.lines().next().unwrap_or_default();
        let short = if lines > SHOWN { format!("{first}\n({lines} lines, in the log)") } else { text.to_owned() };
        self.notify("window/showMessage", json!({ "type": weight, "message": short }));
    }

    /// What is known of an open text, as it is now.
    fn look(&mut self, uri: &str) -> Option<Arc<Look>> {
        let document = self.documents.get(uri)?;
        if let Some(look) = &document.look {
            return Some(look.clone());
        }
        let look = Arc::new(self.host.look(&document.path, &document.language));
        self.documents.get_mut(uri)?.look = Some(look.clone());
        Some(look)
    }

    /// Tells what is wrong with an open text.
    fn tell(&mut self, uri: &str) {
        let looked = catch_unwind(AssertUnwindSafe(|| self.look(uri)));
        let Some(document) = self.documents.get_mut(uri) else { return };
        document.told = true;
        let folder = folder_of(&self.folders, &document.path);
        let mut all = match looked {
            Ok(look) => look.map(|look| diagnostics::of(&look, &document.lines, &folder)).unwrap_or_default(),
            Err(panic) => vec![diagnostics::plain(Range::default(), Severity::Error, "bug", &bug(&*panic))],
        };
        all.extend(document.played.iter().cloned());
        let told = json!({ "uri": uri, "version": document.version, "diagnostics": all });
        self.notify("textDocument/publishDiagnostics", told);
    }
}

/// The folder in which the relative names of a file begin.
pub fn folder_of(folders: &[PathBuf], path: &Path) -> PathBuf {
    let around = folders.iter().filter(|folder| path.starts_with(folder)).max_by_key(|folder| folder.as_os_str().len());
    around.map_or_else(|| path.parent().unwrap_or(Path::new("")).to_path_buf(), PathBuf::clone)
}

fn bug(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic");
    format!("this is a bug of seqcheck: {text}")
}

/// Why something is refused, in a line for each problem.
fn refused(problems: &[Diagnostic]) -> Failure {
    let lines: Vec<String> = problems
        .iter()
        .map(|problem| {
            let help = problem.help.first().map(|help| format!(" ({help})")).unwrap_or_default();
            format!("{}{help}", problem.message)
        })
        .collect();
    Failure::Refused(lines.join("\n"))
}

/// The parameters of a request.
fn read<T: DeserializeOwned>(params: Value) -> Result<T, Failure> {
    serde_json::from_value(params).map_err(|error| Failure::Asked(error.to_string()))
}
