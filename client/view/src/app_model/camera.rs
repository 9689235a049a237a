use std::sync::Arc;

/// The camera, as far as codes are read with it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum CameraModel {
    /// This program was built without it.
    #[default]
    Absent,
    /// It is off.
    Off,
    /// The user wants to read a code with it.
    On(CameraView),
}

/// A code is read with a camera.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CameraView {
    /// All cameras; none before they are known.
    pub cameras: Vec<CameraChoice>,
    /// Which one of them is used.
    pub chosen: usize,
    /// How far it is.
    pub state: CameraState,
}

/// A camera that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CameraChoice {
    /// What the system calls it.
    pub id: String,
    /// What its maker calls it.
    pub name: String,
}

/// How far a camera is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CameraState {
    /// It is looked for and switched on.
    Opening,
    /// It shows what it sees, [`CameraPicture`].
    Watching,
    /// It is off.
    Failed(CameraProblem),
}

/// Why a camera shows nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CameraProblem {
    /// There is none.
    NoCamera,
    /// This user may not use it.
    Forbidden,
    /// Another program uses it.
    Busy,
    /// It was unplugged or switched off.
    Gone,
    /// Its pictures are in no format that is understood.
    Format,
    /// It is there, and no picture comes.
    Silent,
    /// The window was not seen for a while.
    Unseen,
    /// Something else, in the words of the system.
    Other(String),
}

/// What the camera sees. Outside of [`CameraModel`], since it changes with every frame and nothing else does.
#[derive(Clone)]
pub struct CameraPicture {
    /// Another one with each picture.
    pub serial: u64,
    /// The width, in pixels.
    pub width: usize,
    /// The height, in pixels.
    pub height: usize,
    /// How bright each pixel is, row by row from the top.
    pub luma: Arc<[u8]>,
}

/// Only the size: it is a picture of a person's room.
impl std::fmt::Debug for CameraPicture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CameraPicture")
            .field("width", &self.width)
            .field("height", &self.height)
            .finish_non_exhaustive()
    }
}

/// What the user wants of the camera.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CameraCommand {
    /// Reads a code with it; once more, if that has failed.
    Start,
    /// Reads with this one, [`CameraChoice::id`].
    Choose(String),
    /// Switches it off.
    Stop,
}
