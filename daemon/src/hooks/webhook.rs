//! A URL as a hook: the event by POST, in a thread that may wait for the network.

use std::time::Duration;

use tokio::task::spawn_blocking;

use crate::config::without_secret;

/// Why an event was not posted.
#[derive(Debug, thiserror::Error)]
pub(super) enum WebhookError {
    /// No connection, no answer in time, or none that makes sense.
    #[error("cannot post: {0}")]
    Post(String),
    /// Another answer than that all is well.
    #[error("answered {0}, expected 2xx")]
    Answer(u16),
    /// The thread that posts is gone.
    #[error("cannot post: {0}")]
    Gone(tokio::task::JoinError),
}

/// Posts it, within `limit` from looking up the name to the answer's head.
pub(super) async fn post(url: &str, json: String, limit: Duration) -> Result<(), WebhookError> {
    let to = url.to_owned();
    let posted = spawn_blocking(move || {
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(limit))
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false);
        let agent = ureq::Agent::new_with_config(config.build());
        agent.post(&to).header("content-type", "application/json").send(json)
    });
    let response = posted
        .await
        .map_err(WebhookError::Gone)?
        .map_err(|error| WebhookError::Post(error.to_string().replace(url, &without_secret(url))))?;
    match response.status() {
        status if status.is_success() => Ok(()),
        status => Err(WebhookError::Answer(status.as_u16())),
    }
}
