//! A client that others wrote, as the situations see it.

use std::path::{Path, PathBuf};

use libtest_mimic::Failed;
use onym_tests::{Profanity, WindowClient};
use serde_json::Value;

use crate::world::{LOCAL_LIMIT, MESSAGE_LIMIT, Outcome};

/// One installation of a client, which talks with one contact.
pub(crate) trait Client {
    /// Sets the account up, at a server on loopback.
    fn configure(&mut self, account: (&str, &str), port: u16, contact: &str) -> Outcome;
    /// Starts it, and returns once it is online and has a device.
    fn start(&mut self) -> Outcome;
    /// Ends it; what it keeps stays.
    fn stop(&mut self) -> Outcome;
    /// Accepts the contact's request, and asks back.
    fn allow(&mut self) -> Outcome;
    /// Asks the contact to become one.
    fn add(&mut self) -> Outcome;
    /// Writes a text, encrypted, as a person does.
    fn send(&mut self, text: &str) -> Outcome;
    /// Loses its keys, while it does not run.
    fn forget(&mut self) -> Outcome;
    /// Waits until a text has come, which was encrypted or not.
    fn read(&mut self, text: &str) -> Result<Value, Failed>;
    /// Every message that it keeps, of both directions.
    fn messages(&mut self) -> Result<Vec<Value>, Failed>;
    /// The number of its device.
    fn device(&self) -> u64;
    /// The fingerprint of its device.
    fn fingerprint(&self) -> &str;
    /// Leaves a picture of the conversation in a folder.
    fn picture(&mut self, folder: &Path, name: &str) -> Outcome;
}

impl Client for WindowClient {
    fn configure(&mut self, account: (&str, &str), port: u16, contact: &str) -> Outcome {
        Ok(self.configure(account, port, contact)?)
    }

    fn start(&mut self) -> Outcome {
        Ok(self.start()?)
    }

    fn stop(&mut self) -> Outcome {
        Ok(self.stop()?)
    }

    fn allow(&mut self) -> Outcome {
        Ok(self.allow()?)
    }

    fn add(&mut self) -> Outcome {
        Ok(self.add()?)
    }

    fn send(&mut self, text: &str) -> Outcome {
        Ok(self.send(text)?)
    }

    fn forget(&mut self) -> Outcome {
        Ok(self.forget()?)
    }

    fn read(&mut self, text: &str) -> Result<Value, Failed> {
        Ok(self.read(text, MESSAGE_LIMIT)?)
    }

    fn messages(&mut self) -> Result<Vec<Value>, Failed> {
        Ok(WindowClient::messages(self))
    }

    fn device(&self) -> u64 {
        self.device()
    }

    fn fingerprint(&self) -> &str {
        self.fingerprint()
    }

    fn picture(&mut self, folder: &Path, name: &str) -> Outcome {
        self.show()?;
        Ok(WindowClient::picture(
            self,
            &folder.join(format!("{name}.png")),
        )?)
    }
}

/// Profanity, with the account that it logs in to.
pub(crate) struct Terminal {
    profanity: Option<Profanity>,
    account: LogIn,
    /// Whether it has made its keys.
    has_keys: bool,
    /// Whether its account has a list of devices, which it does not make everywhere.
    has_list: bool,
    /// Whether the window of the conversation encrypts.
    encrypts: bool,
    device: u64,
    fingerprint: String,
}

#[derive(Clone, Default)]
struct LogIn {
    jid: String,
    password: String,
    port: u16,
    contact: String,
}

impl Terminal {
    /// At a server that says of a list that is not there what XMPP says of it, without the number of
    /// XEP-0086: Profanity then publishes none until its person clears the list.
    pub(crate) fn that_clears_its_list() -> Self {
        Self {
            has_list: false,
            ..Self::new()
        }
    }

    pub(crate) fn new() -> Self {
        Self {
            profanity: None,
            account: LogIn::default(),
            has_keys: false,
            has_list: true,
            encrypts: false,
            device: 0,
            fingerprint: String::new(),
        }
    }

    fn running(&self) -> Result<&Profanity, Failed> {
        self.profanity
            .as_ref()
            .ok_or_else(|| "Profanity was not started".into())
    }

    /// Opens the window of the conversation.
    fn show(&self) -> Outcome {
        let open = format!("/msg {}", self.account.contact);
        Ok(self.running()?.type_line(&open)?)
    }

    fn ask_back(&self) -> Outcome {
        let request = format!("/sub request {}", self.account.contact);
        Ok(self.running()?.type_line(&request)?)
    }
}

impl Client for Terminal {
    fn configure(&mut self, account: (&str, &str), port: u16, contact: &str) -> Outcome {
        let (jid, password) = account;
        self.account = LogIn {
            jid: jid.to_owned(),
            password: password.to_owned(),
            port,
            contact: contact.to_owned(),
        };
        Ok(())
    }

    fn start(&mut self) -> Outcome {
        let profanity = match self.profanity.take() {
            Some(mut profanity) => {
                profanity.restart()?;
                profanity
            }
            None => Profanity::start()?,
        };
        let LogIn {
            jid,
            password,
            port,
            contact: _,
        } = &self.account;
        profanity.log_in(jid, password, *port, LOCAL_LIMIT)?;
        if !self.has_keys {
            profanity.make_keys(LOCAL_LIMIT)?;
            self.has_keys = true;
        }
        if !self.has_list {
            profanity.type_line("/omemo clear_device_list")?;
            self.has_list = true;
        }
        (self.device, self.fingerprint) = profanity.device(LOCAL_LIMIT)?;
        self.encrypts = false;
        self.profanity = Some(profanity);
        Ok(())
    }

    fn stop(&mut self) -> Outcome {
        if let Some(profanity) = &mut self.profanity {
            profanity.end();
        }
        Ok(())
    }

    fn allow(&mut self) -> Outcome {
        let profanity = self.running()?;
        profanity.type_line("/win 1")?;
        profanity.wait_for("Received authorization request from", MESSAGE_LIMIT)?;
        profanity.type_line(&format!("/sub allow {}", self.account.contact))?;
        self.ask_back()
    }

    fn add(&mut self) -> Outcome {
        self.ask_back()
    }

    fn send(&mut self, text: &str) -> Outcome {
        self.show()?;
        if !self.encrypts {
            let profanity = self.running()?;
            profanity.encrypt(LOCAL_LIMIT)?;
            profanity.wait_for_keys(&self.account.contact, MESSAGE_LIMIT)?;
            self.encrypts = true;
        }
        let profanity = self.running()?;
        profanity.type_line(text)?;
        let sent = profanity.wait_for_message(&self.account.jid, (text, true), LOCAL_LIMIT)?;
        assert_eq!(sent["encrypted"], true, "{sent}");
        Ok(())
    }

    fn forget(&mut self) -> Outcome {
        self.has_keys = false;
        Ok(self.running()?.forget_keys()?)
    }

    fn read(&mut self, text: &str) -> Result<Value, Failed> {
        let profanity = self.running()?;
        let jid = &self.account.jid;
        let read = profanity.wait_for_message(jid, (text, false), MESSAGE_LIMIT)?;
        self.show()?;
        self.running()?.wait_for(text, LOCAL_LIMIT)?;
        Ok(read)
    }

    fn messages(&mut self) -> Result<Vec<Value>, Failed> {
        Ok(self.running()?.messages(&self.account.jid)?)
    }

    fn device(&self) -> u64 {
        self.device
    }

    fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    fn picture(&mut self, folder: &Path, name: &str) -> Outcome {
        self.show()?;
        let file: PathBuf = folder.join(format!("{name}.txt"));
        Ok(std::fs::write(file, self.running()?.screen()?)?)
    }
}
