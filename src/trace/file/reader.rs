use super::{Header, Names, ReadError, entry, header, names};
use crate::trace::Entry;
use std::io::{BufRead, Read as _};

/// Bytes of one line at most: whatever a frame may be, as text and as what it means, with every letter of it escaped.
const LINE: usize = 256 << 20;

/// Goes through a record line by line, of which it holds one.
pub struct Reader<R> {
    source: R,
    /// What the record is about.
    pub header: Header,
    names: Names,
    line: Vec<u8>,
    /// How many lines were read.
    number: usize,
    over: bool,
}

impl<R: BufRead> Reader<R> {
    /// At the beginning of a record.
    ///
    /// # Errors
    /// A header that cannot be read.
    pub fn new(source: R) -> Result<Reader<R>, ReadError> {
        let mut reader = Reader {
            source,
            header: Header::default(),
            names: Names::default(),
            line: Vec::new(),
            number: 0,
            over: false,
        };
        reader.next_line().map_err(|why| reader.error(why))?;
        let line = std::str::from_utf8(&reader.line).map_err(|why| reader.error(no_text(why.valid_up_to())))?;
        reader.header = header(line)?;
        reader.names = names(&reader.header);
        Ok(reader)
    }

    /// Reads a line; false where there is none.
    fn next_line(&mut self) -> Result<bool, String> {
        self.line.clear();
        let read = self.source.by_ref().take(LINE as u64 + 1).read_until(b'\n', &mut self.line);
        if read.map_err(|why| why.to_string())? == 0 {
            return Ok(false);
        }
        self.number += 1;
        if self.line.last() == Some(&b'\n') {
            self.line.pop();
            if self.line.last() == Some(&b'\r') {
                self.line.pop();
            }
        } else if self.line.len() > LINE {
            return Err(format!("longer than {} MiB, the limit on a line of a record", LINE >> 20));
        }
        Ok(true)
    }

    fn error(&self, message: String) -> ReadError {
        let help = "record the trace again; a line that was cut off can be removed";
        ReadError { line: self.number.max(1), message, help }
    }

    fn read(&self) -> Result<Entry, String> {
        let line = std::str::from_utf8(&self.line).map_err(|why| no_text(why.valid_up_to()))?;
        entry(&self.names, line)
    }
}

fn no_text(at: usize) -> String {
    format!("not UTF-8 text at byte {at}")
}

impl<R: BufRead> Iterator for Reader<R> {
    type Item = Result<Entry, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.over {
            return None;
        }
        let mut blank = None;
        loop {
            match self.next_line() {
                Ok(true) => {}
                Ok(false) => {
                    self.over = true;
                    return None;
                }
                Err(why) => {
                    // What is behind it is no line.
                    self.over = true;
                    return Some(Err(self.error(why)));
                }
            }
            // Blank lines at the end alone, so that the number of a line tells which entry it is.
            if self.line.trim_ascii().is_empty() {
                blank = blank.or(Some(self.number));
                continue;
            }
            let read = match blank {
                Some(number) => Err(ReadError {
                    line: number,
                    ..self.error("this is not an entry of a trace: a blank line".to_owned())
                }),
                None => self.read().map_err(|why| self.error(why)),
            };
            return Some(read);
        }
    }
}
