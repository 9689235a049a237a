use onym_identity::RecoveryPhrase;

/// The first start.
#[derive(Debug)]
pub struct WelcomeModel {
    /// How far it has come.
    pub step: WelcomeStep,
    /// Why the last thing that the user asked for did not work.
    pub problem: Option<WelcomeProblem>,
}

/// Why the first start does not go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WelcomeProblem {
    /// The identity could not be written to the disk; what the system says about it.
    NotSaved(String),
    /// The program cannot start; what it says about it.
    CannotStart(String),
}

/// The settings cannot be read, and nothing starts before the user has chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadSettingsModel {
    /// The file.
    pub file: String,
    /// What is wrong with it.
    pub why: String,
    /// Why it could not be put aside, when the user wanted to go on without it.
    pub problem: Option<String>,
}

/// How far the first start has come.
#[derive(Debug)]
pub enum WelcomeStep {
    /// The user chooses between a new identity and one that they had.
    Choose,
    /// The program is busy.
    Working(Work),
    /// There is a new identity, and the user writes its words down. `Debug` hides them.
    Phrase(RecoveryPhrase),
    /// The user shows that they have the words.
    CheckPhrase(PhraseCheckModel),
    /// The user may protect the store with a passphrase.
    Passphrase {
        /// Whether this system has a keyring that can hold the key.
        has_keyring: bool,
    },
}

/// What the program is busy with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// Makes the keys of an identity.
    MakingKeys,
    /// Seals the store with the passphrase, which takes a moment on purpose.
    Sealing,
    /// Opens the store and starts the endpoint.
    Starting,
    /// Waits for the system's keyring, which may ask the user. The user may go on without it.
    AskingKeyring,
}

/// Some of the recovery words are asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PhraseCheckModel {
    /// Which ones, counted from 1, in rising order.
    pub asked: Vec<usize>,
    /// Which of them were wrong in the last answer.
    pub wrong: Vec<usize>,
}

/// The store is closed until its passphrase is given.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LockedModel {
    /// Whether a passphrase opens it.
    pub has_passphrase: bool,
    /// Whether this system's keyring may hold the key.
    pub has_keyring: bool,
    /// Whether the keyring is being asked; it may ask the user in turn, who may type the passphrase
    /// instead.
    pub asks_keyring: bool,
    /// Whether what was typed is being tried.
    pub is_busy: bool,
    /// Why the last attempt failed.
    pub problem: Option<UnlockProblem>,
    /// The recovery words have opened it, and a new passphrase is chosen before anything is shown.
    pub new_passphrase: Option<NewPassphrase>,
}

/// A new passphrase takes the place of one that was forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NewPassphrase {
    /// Whether this system has a keyring that can hold the key.
    pub has_keyring: bool,
}

/// Why the store stays closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnlockProblem {
    /// It was another passphrase.
    WrongPassphrase,
    /// The keyring gave no key.
    KeyringRefused,
    /// The recovery words are those of another identity.
    WrongPhrase,
    /// The new passphrase is the one that deletes everything.
    PassphraseInUse,
    /// The store cannot be opened; what the program says about it.
    Store(String),
}
