//! What browsers ask and must be told beside what is drawn: whether a page may read an answer, and the icon of a page.

use crate::listen::Asked;
use crate::net::{Response, is_this_machine};
use bytes::Bytes;

/// What browsers ask for on their own when they show anything of a server.
const ICON: &str = "/favicon.ico";

/// What a page must be told so that its browser lets it read the answer (the Fetch standard, section 3.2): one of these
/// origins, or of this machine where nobody says which.
pub(super) fn beside(asked: &Asked, origins: Option<&[String]>) -> Vec<(String, String)> {
    let own = |origin: &&str| match origins {
        Some(origins) => origins.iter().any(|known| known == "*" || known.eq_ignore_ascii_case(origin)),
        None => {
            let uri: Option<http::Uri> = origin.parse().ok();
            uri.and_then(|uri| uri.host().map(is_this_machine)).unwrap_or(false)
        }
    };
    match asked.header("origin").filter(own) {
        Some(origin) => vec![
            ("access-control-allow-origin".to_owned(), origin.to_owned()),
            ("access-control-allow-credentials".to_owned(), "true".to_owned()),
            ("vary".to_owned(), "origin".to_owned()),
        ],
        None => Vec::new(),
    }
}

/// The answer to a browser that looks for the icon of a page; never drawn.
pub(super) fn icon(asked: &Asked) -> Option<Response> {
    let path = asked.url.split('?').next();
    let browsers = asked.method == "GET" && asked.key.is_none() && path == Some(ICON);
    browsers.then(|| Response { code: 404, headers: Vec::new(), body: Bytes::new() })
}

/// The answer to a question that a browser asks before it lets a page ask; never drawn.
pub(super) fn preflight(asked: &Asked, beside: &[(String, String)]) -> Option<Response> {
    let method = asked.header("access-control-request-method").filter(|_| asked.method == "OPTIONS")?;
    let mut headers = beside.to_vec();
    if !beside.is_empty() {
        headers.push(("access-control-allow-methods".to_owned(), method.to_owned()));
        let wanted = asked.header("access-control-request-headers");
        headers.extend(wanted.map(|wanted| ("access-control-allow-headers".to_owned(), wanted.to_owned())));
        // Of a page elsewhere that asks somebody within (Private Network Access, section 3.2).
        if asked.header("access-control-request-private-network").is_some() {
            headers.push(("access-control-allow-private-network".to_owned(), "true".to_owned()));
        }
    }
    Some(Response { code: 204, headers, body: Bytes::new() })
}
