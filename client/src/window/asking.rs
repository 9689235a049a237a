//! Questions to the keyring of the system, which may ask the user in turn, who may never answer.

use tokio::sync::oneshot;

/// A question on a thread of its own. Whoever drops this hears no answer, however late it comes.
#[derive(Debug)]
pub(super) struct Asking<T>(oneshot::Receiver<T>);

impl<T: Send + 'static> Asking<T> {
    /// Asks.
    pub(super) fn start(ask: impl FnOnce() -> T + Send + 'static) -> Self {
        let (sender, answer) = oneshot::channel();
        // None of the runtime's threads: it may wait for as long as the program runs.
        let asking = std::thread::Builder::new().name("keyring".to_owned());
        let started = asking.spawn(move || {
            let _dropped = sender.send(ask());
        });
        if let Err(error) = started {
            tracing::warn!("the keyring cannot be asked: {error}");
        }
        Self(answer)
    }
}

/// The answer of the question that is asked, if any is; then none is asked any more. Nothing where
/// no thread could ask.
pub(super) async fn answer<T>(asked: &mut Option<Asking<T>>) -> Option<T> {
    let Some(Asking(answer)) = asked else {
        return std::future::pending().await;
    };
    let answer = answer.await;
    *asked = None;
    answer.ok()
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn an_answer_comes_once_and_a_late_one_is_dropped() {
        let mut asked = Some(Asking::start(|| 7));
        assert_eq!(answer(&mut asked).await, Some(7));
        assert!(asked.is_none());

        let (go_on, wait) = mpsc::channel::<()>();
        let (dropped, is_dropped) = mpsc::channel();
        let asked = Asking::start(move || {
            let _ended = wait.recv();
            Late(dropped)
        });
        drop(asked);
        drop(go_on);
        assert_eq!(is_dropped.recv(), Ok(()));
    }

    struct Late(mpsc::Sender<()>);

    impl Drop for Late {
        fn drop(&mut self) {
            let _ended = self.0.send(());
        }
    }
}
