use super::{Effect, GENERAL, Id, Machine, ServerMessage, Timer};
use std::sync::Arc;
use std::time::Duration;

/// How long a connection may stay without authentication where that is required.
const AUTHENTICATION_DEADLINE: Duration = Duration::from_secs(5);

/// The close code for want of authentication.
const UNAUTHENTICATED: u16 = 4401;

impl Machine {
    pub(super) fn is_valid(&self, token: &str) -> bool {
        self.rules.tokens.iter().any(|valid| valid == token) || !self.policy.check_token
    }

    pub(super) fn authenticate(&mut self, on: Id, token: &str) {
        if !self.is_valid(token) {
            self.reply(on, ServerMessage::AuthFailed);
            return self.close(on, Some(UNAUTHENTICATED), false);
        }
        if let Some(person) = self.people.get_mut(on)
            && !person.authenticated
        {
            person.authenticated = true;
            self.effects.push(Effect::Cancel { on, timer: Timer::Authentication });
            self.enter_general(on);
        }
        self.reply(on, ServerMessage::AuthOk);
    }

    /// Everybody is in the default room from the start, without announcement.
    pub(super) fn enter_general(&mut self, on: Id) {
        self.people.join(on, &Arc::from(GENERAL), false);
    }

    pub(super) fn authentication_is_awaited(&mut self, on: Id) {
        self.set(on, Timer::Authentication, AUTHENTICATION_DEADLINE);
    }

    pub(super) fn authentication_is_overdue(&mut self, on: Id) {
        if self.people.get(on).is_some_and(|person| !person.authenticated) {
            self.close(on, Some(UNAUTHENTICATED), false);
        }
    }
}
