//! What of a URL may stand in a log: whom it leads to, not what it says to them.

use ureq::http::Uri;

/// A URL without user, path and query, which may hold secrets: `https://example.org/…`.
pub(crate) fn without_secret(url: &str) -> String {
    if url.is_empty() {
        return String::new();
    }
    let parsed = url.parse::<Uri>().ok();
    let parts = parsed.as_ref().and_then(|uri| Some((uri.scheme_str()?, uri.authority()?)));
    let Some((scheme, authority)) = parts else { return "…".to_owned() };
    let port = authority.port().map(|port| format!(":{port}")).unwrap_or_default();
    let base = format!("{scheme}://{}{port}", authority.host());
    if url == base { base } else { format!("{base}/…") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whom_it_leads_to_is_said() {
        let cases = [
            ("", ""),
            ("https://example.org", "https://example.org"),
            ("https://example.org/", "https://example.org/…"),
            ("https://example.org/services/T0/secret", "https://example.org/…"),
            ("https://example.org?token=secret", "https://example.org/…"),
            ("http://127.0.0.1:8080/hook?secret#secret", "http://127.0.0.1:8080/…"),
            ("https://ada:secret@example.org:8443/x", "https://example.org:8443/…"),
            ("https://ada:secret@example.org", "https://example.org/…"),
            ("http://[::1]:80/secret", "http://[::1]:80/…"),
            ("https://", "…"),
            ("https://exa mple/secret", "…"),
        ];
        for (url, expected) in cases {
            assert_eq!(without_secret(url), expected, "{url}");
        }
    }
}
